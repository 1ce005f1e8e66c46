package ledger

// Compare finds the first height from one to another, both included, at which two
// ledgers differ; same says whether they have the same hash after a block. As a
// hash contains all before it, that takes one question for each doubling of the
// range. differs is false where they agree to the end.
func Compare(from, to int32, same func(height int32) (bool, error)) (height int32, differs bool, err error) {
	if from > to {
		return 0, false, nil
	}
	if agreed, err := same(to); err != nil || agreed {
		return 0, false, err
	}
	for from < to {
		middle := from + (to-from)/2
		agreed, err := same(middle)
		if err != nil {
			return 0, false, err
		}
		if agreed {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return to, true, nil
}
