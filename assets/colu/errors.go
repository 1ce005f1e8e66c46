package colu

// ErrorKind names what is wrong; match it with errors.Is.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrPayload: the bytes are not a payload of this protocol.
	ErrPayload = ErrorKind("this is not a Colu payload")
	// ErrOpcode: the payload's operation is none that is defined.
	ErrOpcode = ErrorKind("the payload's operation is not known")
	// ErrAmount: an amount below 0 or over 2^53-1, which cannot be written.
	ErrAmount = ErrorKind("this amount cannot be written")
	// ErrOutput: a payment to an output that cannot be addressed: over 31, or 31 in
	// a burn.
	ErrOutput = ErrorKind("this output cannot be paid")
	// ErrInput: payments that do not follow the inputs one by one.
	ErrInput = ErrorKind("payments have to follow the inputs")
	// ErrFlags: a divisibility over 7 or a policy that does not exist.
	ErrFlags = ErrorKind("an asset cannot be like that")
	// ErrHashes: a SHA-256 of metadata without the info-hash it belongs to.
	ErrHashes = ErrorKind("metadata needs its info-hash")
	// ErrSize: the payload has more than 80 bytes.
	ErrSize = ErrorKind("the payload is too long")
	// ErrOldID: an asset id as made before version 0.6 of the encoder, which names
	// no policy and therefore no asset of today.
	ErrOldID = ErrorKind("this asset id is of an old form")
	// ErrCoin: the coin that issues is missing, or its script is not known.
	ErrCoin = ErrorKind("the coin that issues is not known")
)

// Why a transaction is not Valid (assets.Coloring.Why).
const (
	// WhyOpcode: no output's payload has a known operation.
	WhyOpcode = "opcode"
	// WhyTruncated: the payload ends before its operation or its amount.
	WhyTruncated = "truncated"
	// WhyCoinbase: new money spends no coin that could issue.
	WhyCoinbase = "coinbase"
	// WhyPrevout: what the first input spent is not known, and names the asset.
	WhyPrevout = "prevout"
	// WhyUnits: an issue of over 2^63-1 units.
	WhyUnits = "units"
	// WhyRange and WhyPercent: a payment of a kind that nobody ever paid.
	WhyRange   = "range"
	WhyPercent = "percent"
	// WhyInput and WhyOutput: a payment names an input or output that is not there.
	WhyInput  = "input"
	WhyOutput = "output"
	// WhyShort: a payment finds no units left.
	WhyShort = "short"
	// WhyMixed: a payment would need units of a second asset, or of one whose units
	// stay apart.
	WhyMixed = "mixed"
	// WhyParts: it makes more holdings than are followed, MaxParts.
	WhyParts = "parts"
)
