package compose

import (
	"encoding/hex"
	"time"

	"cairn/assets"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

// ID names a draft. It is random, and whoever knows it may hand signatures in.
type ID [16]byte

// String is the id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hexadecimal digits. Errors: ErrUnknownDraft.
func ParseID(text string) (id ID, err error) {
	if len(text) != 2*len(id) {
		return ID{}, ErrUnknownDraft
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return ID{}, ErrUnknownDraft
	}
	return id, nil
}

// State is how a draft stands.
type State string

// The states.
const (
	// Open: it waits for signatures.
	Open State = "open"
	// Signed: it has them, and waits for its price or for its turn.
	Signed State = "signed"
	// Sent: all its transactions were sent.
	Sent State = "sent"
	// Confirmed: blocks hold all of them.
	Confirmed State = "confirmed"
	// Conflicted: a block spends one of its coins otherwise.
	Conflicted State = "conflicted"
	// Ended: its time was over before it was signed, and paid for.
	Ended State = "ended"
)

// Draft is an order with its transactions.
type Draft struct {
	ID        ID
	Operation Operation
	State     State
	// Asset is the one that the order makes or is about; zero where it is about
	// several.
	Asset assets.ID
	// Parts are the transactions, in the order in which they are sent.
	Parts []Part
	// Fee is what the miners get of all of them; Own is what of it, and of the value of
	// outputs, the visitor's coins pay.
	Fee btcutil.Amount
	// Sponsored is who pays the fee of the first part; nil for the visitor's coins.
	Sponsored *Sponsored
	// Shares are those of a dividend, the largest first.
	Shares []Share
	// Height is the block of a dividend's holders.
	Height int32
	// Offer is the one that was made, once it is, or is taken.
	Offer     OfferID
	ExpiresAt time.Time
}

// Part is one transaction of a draft.
type Part struct {
	// PSBT is for the visitor to sign; its first Visitors inputs are his.
	PSBT     []byte
	Visitors int
	// Tx is unsigned; Txid is its name in the chain once it is signed, zero while
	// that cannot be known.
	Tx   *wire.MsgTx
	Txid chainhash.Hash
	// Coloring is what it does under its protocol; Holdings are those of its inputs.
	Coloring assets.Coloring
	Holdings [][]assets.Holding
	Fee      btcutil.Amount
	// Sent: it was handed to the network; Height is that of its block, 0 for none.
	Sent   bool
	Height int32
}

// Share is what a dividend pays to a script.
type Share struct {
	Script []byte
	Units  int64
	Amount btcutil.Amount
	// Left says why it is not paid, empty when it is.
	Left LeftOut
}

// LeftOut is why a holder gets nothing.
type LeftOut string

// Why holders are left out.
const (
	// LeftDust: his share is less than the network relays.
	LeftDust LeftOut = "dust"
	// LeftUnpayable: his script is none that anybody can be paid at.
	LeftUnpayable LeftOut = "unpayable"
	// LeftExcluded: the order leaves him out; his units do not count.
	LeftExcluded LeftOut = "excluded"
)

// Sponsored is how the node pays the fee of a transaction.
type Sponsored struct {
	// ID names the proposal.
	ID    string
	State SponsorState
	// PSBT has the node's coins in it.
	PSBT []byte
	// Fee is what the miners get; Price what the visitor pays, in whole satoshi.
	Fee   btcutil.Amount
	Price btcutil.Amount
	Quote Quote
	// Tx is the signed transaction, once it is sent.
	Tx        *wire.MsgTx
	ExpiresAt time.Time
}

// SponsorState is how a proposal stands.
type SponsorState string

// The states of a proposal, as of channels/sponsoring.
const (
	SponsorOpen       SponsorState = "open"
	SponsorSent       SponsorState = "sent"
	SponsorConfirmed  SponsorState = "confirmed"
	SponsorConflicted SponsorState = "conflicted"
	SponsorEnded      SponsorState = "ended"
)

// Quote is where the price is paid; its ID is empty where there is none.
type Quote struct {
	ID, State, Invoice, Address string
	ExpiresAt                   time.Time
}
