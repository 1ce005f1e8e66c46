package lighthouse

// ErrorKind names what is wrong with a campaign, a pledge or a claim, beside
// what package contract says of signatures; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrUnknown: there is no such campaign, or only its creator may see it.
	ErrUnknown = ErrorKind("no such campaign")
	// ErrTakenDown: the operator of the site shows this campaign no more.
	ErrTakenDown = ErrorKind("the campaign was taken off this site")
	// ErrUnknownPledge: there is no such pledge.
	ErrUnknownPledge = ErrorKind("no such pledge")
	// ErrNotYours: the key is not that of this campaign or pledge.
	ErrNotYours = ErrorKind("this belongs to somebody else")
	// ErrFrozen: somebody has pledged, so what pledges sign cannot change.
	ErrFrozen = ErrorKind("the campaign has pledges, so its terms are fixed")
	// ErrNotOpen: the campaign does not take pledges yet, or not any more.
	ErrNotOpen = ErrorKind("the campaign does not take pledges now")
	// ErrChanged: the campaign's terms have changed since they were read.
	ErrChanged = ErrorKind("the terms of the campaign have changed meanwhile")
	// ErrNoCoin: no such coin was found in the chain, or it is not known where
	// to look.
	ErrNoCoin = ErrorKind("no such coin was found")
	// ErrSpent: the coin is spent already.
	ErrSpent = ErrorKind("the coin is spent already")
	// ErrImmature: a coin of a block's own reward that is not 100 blocks deep.
	ErrImmature = ErrorKind("a miner's coin cannot be pledged before 100 blocks")
	// ErrAlreadyPledged: the coin is pledged to this campaign already.
	ErrAlreadyPledged = ErrorKind("the coin is pledged already")
	// ErrNoRoom: one transaction cannot hold another pledge of this kind.
	ErrNoRoom = ErrorKind("the campaign has no room for another pledge")
	// ErrMultiple: the amount is not a multiple of what the campaign asks for.
	ErrMultiple = ErrorKind("the amount is not a multiple of one share")
	// ErrTooEarly: the claim or the refund cannot be sent before its block.
	ErrTooEarly = ErrorKind("this cannot be sent yet")
	// ErrClaimed: the campaign is claimed.
	ErrClaimed = ErrorKind("the campaign is claimed")
	// ErrNoRefund: the owner left no refund for this pledge.
	ErrNoRefund = ErrorKind("no refund was left for this pledge")
)
