package compose

// ErrorKind names why a transaction is not built, or not taken; match it with
// errors.Is. Beside these there are the kinds of package assets.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrOrder: the order makes no sense in itself.
	ErrOrder = ErrorKind("this order cannot be understood")
	// ErrLimit: more coins or payments than one order may have.
	ErrLimit = ErrorKind("the order is too large")
	// ErrCoin: a coin is spent, unknown, or not as the order says.
	ErrCoin = ErrorKind("a coin is spent, unknown or not as it was said")
	// ErrUnsigned: it is not known how large the signature of a coin will be, or the
	// transaction before, which a signature needs, is missing.
	ErrUnsigned = ErrorKind("a coin of this kind cannot be signed for here")
	// ErrChain: the order needs several transactions in a row, and the coins are of a
	// kind whose transaction has no name before it is signed.
	ErrChain = ErrorKind("several transactions in a row need coins of the newer kind")
	// ErrOtherColor: a coin holds units under another protocol too, or of an asset
	// that may not be touched by this.
	ErrOtherColor = ErrorKind("a coin is coloured otherwise")
	// ErrFunds: the uncolored coins do not cover outputs and fee.
	ErrFunds = ErrorKind("the coins do not cover the fee and the outputs")
	// ErrNoSponsor: nobody pays network fees here.
	ErrNoSponsor = ErrorKind("network fees are not paid for others here")
	// ErrGift: the node would have to put more into the outputs than it does.
	ErrGift = ErrorKind("too much would have to be put into the outputs")
	// ErrNotReissuable: no more units of this asset can ever be made.
	ErrNotReissuable = ErrorKind("no more of this asset can be issued")
	// ErrNotIssuer: the coin does not belong to whoever may issue the asset.
	ErrNotIssuer = ErrorKind("this coin cannot issue that asset")
	// ErrProtocolLimit: the protocol has no such operation.
	ErrProtocolLimit = ErrorKind("this protocol cannot do that")
	// ErrNothing: there is nothing to do: no holders, no units.
	ErrNothing = ErrorKind("there is nothing to do")
	// ErrUnknownDraft: there is no such draft, or it is long over.
	ErrUnknownDraft = ErrorKind("there is no such draft")
	// ErrExpired: the draft's time is over.
	ErrExpired = ErrorKind("the draft has expired")
	// ErrBusy: too many drafts are open.
	ErrBusy = ErrorKind("too many drafts are open")
	// ErrChanged: what came back is another transaction than was drafted.
	ErrChanged = ErrorKind("the transaction was changed")
	// ErrSignature: a signature is missing or does not hold.
	ErrSignature = ErrorKind("a signature is missing or wrong")
	// ErrPSBT: what came back is no PSBT.
	ErrPSBT = ErrorKind("this is not a signed transaction")
	// ErrUnknownOffer: there is no such offer.
	ErrUnknownOffer = ErrorKind("there is no such offer")
	// ErrOfferOver: the offer was taken, withdrawn or has expired.
	ErrOfferOver = ErrorKind("the offer is over")
	// ErrNotSeller: the proof is not by whoever made the offer.
	ErrNotSeller = ErrorKind("this was not signed by the seller")
)
