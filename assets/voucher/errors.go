package voucher

// ErrorKind names what is wrong with a shop, a voucher or what somebody wants to
// do with it, beside the kinds of bearer and assets; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrShop: there is no such shop.
	ErrShop = ErrorKind("there is no such shop")
	// ErrSeries: there is no such series, or not in this shop.
	ErrSeries = ErrorKind("there is no such series")
	// ErrUnknown: no voucher has this name here. A wrong code ends here, and one of
	// another server or network.
	ErrUnknown = ErrorKind("no such voucher is known")
	// ErrNotYours: the key opens no shop.
	ErrNotYours = ErrorKind("this key opens no shop")
	// ErrRevoked: the key was taken back, or its till was.
	ErrRevoked = ErrorKind("this key was taken back")
	// ErrRole: the key's role may not do this.
	ErrRole = ErrorKind("this role may not do that")
	// ErrLastOwner: the last owner's key cannot be taken back.
	ErrLastOwner = ErrorKind("a shop keeps one owner at least")
	// ErrWords: a text is missing, too long or holds what it may not.
	ErrWords = ErrorKind("a text is missing or too long")
	// ErrTaken: another shop has this address.
	ErrTaken = ErrorKind("this address is taken")
	// ErrTooMany: more of something than there may be.
	ErrTooMany = ErrorKind("there are too many")
	// ErrTerms: the terms of a series do not go together.
	ErrTerms = ErrorKind("these terms do not go together")
	// ErrProtocol: vouchers are not made under this protocol.
	ErrProtocol = ErrorKind("vouchers are not made under this protocol")
	// ErrFixed: the asset of a series cannot change any more.
	ErrFixed = ErrorKind("the series has its asset already")
	// ErrSameAsset: another series holds this asset.
	ErrSameAsset = ErrorKind("another series has this asset")
	// ErrGivenUp: the voucher was registered, and the transaction that was to make it
	// came to nothing.
	ErrGivenUp = ErrorKind("the voucher was never issued")
	// ErrKnown: a voucher with this script is registered.
	ErrKnown = ErrorKind("this voucher is registered already")
	// ErrPlanned: no block holds the voucher yet.
	ErrPlanned = ErrorKind("the voucher waits for its first block")
	// ErrOtherShop: the voucher is another shop's.
	ErrOtherShop = ErrorKind("the voucher belongs to another shop")
	// ErrExpired: the voucher's time is over.
	ErrExpired = ErrorKind("the voucher has expired")
	// ErrNotExpired: it cannot be taken back before.
	ErrNotExpired = ErrorKind("the voucher has not expired yet")
	// ErrRedeemed: nothing is left of it.
	ErrRedeemed = ErrorKind("the voucher is redeemed already")
	// ErrInsufficient: less is left of it than is asked for.
	ErrInsufficient = ErrorKind("too little is left on the voucher")
	// ErrGone: the voucher was moved elsewhere: into a wallet, back to its issuer,
	// or by somebody else who has its code.
	ErrGone = ErrorKind("the voucher was moved elsewhere")
	// ErrMoving: its transaction is being finished, or somebody is about to spend
	// its coin elsewhere; a moment later it is known.
	ErrMoving = ErrorKind("the voucher is on its way; try again in a moment")
	// ErrChanged: the voucher has changed since the transaction was planned, as by
	// another till.
	ErrChanged = ErrorKind("the voucher has changed since it was read")
	// ErrClaims: the shop's vouchers of this series stay bearer vouchers.
	ErrClaims = ErrorKind("vouchers of this series cannot be moved into a wallet")
	// ErrBooking: there is no such booking in this shop.
	ErrBooking = ErrorKind("there is no such booking")
	// ErrTooLate: the time to undo is over.
	ErrTooLate = ErrorKind("this cannot be undone any more")
	// ErrOrder: more was redeemed since, which is to be undone first.
	ErrOrder = ErrorKind("what came later has to be undone first")
	// ErrReplay: the name of a request was used for another.
	ErrReplay = ErrorKind("this request was made before, for something else")
	// ErrUndone: the request was booked, and undone since.
	ErrUndone = ErrorKind("this redemption was undone")
	// ErrAllowance: what the shop has paid ahead for network fees is used up.
	ErrAllowance = ErrorKind("the shop's allowance for network fees is used up")
	// ErrList: a list of vouchers cannot be read.
	ErrList = ErrorKind("the list cannot be read")
	// ErrStatement: there is no such statement yet.
	ErrStatement = ErrorKind("there is no such statement")
)
