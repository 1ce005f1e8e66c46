package voucher

import (
	"time"

	"cairn/assets/voucher/bearer"

	"github.com/btcsuite/btcd/wire"
)

// Item is one voucher to be registered.
type Item struct {
	// Label is how the owner calls it, Note what he notes: at most 80 and 200
	// characters, seen by the shop alone.
	Label, Note string
	// Units is how many it holds; 0 is the series' own number.
	Units int64
	// Output is where it lies: its key, and its expiry as the series has it now.
	Output bearer.Output
}

// Voucher is one, as its shop sees it.
type Voucher struct {
	Name bearer.Name
	// Number counts a series' vouchers from 1.
	Number      int
	Label, Note string
	Units       int64
	Output      bearer.Output
	State       State
	// Left is what can be redeemed still, unless it has expired.
	Left int64
}

// State is how a voucher stands.
type State string

// The states.
const (
	// Planned: registered, and in no block yet.
	Planned State = "planned"
	// GivenUp: registered, and the transaction that was to make it came to nothing.
	GivenUp State = "given-up"
	// Issued: nothing of it was redeemed.
	Issued State = "issued"
	// Part: some of it was redeemed.
	Part State = "part"
	// Booked: all of it was redeemed, which can be undone, or waits for its block.
	Booked State = "booked"
	// Redeemed: all of it was redeemed, and a block says so.
	Redeemed State = "redeemed"
	// Expired: its time is over.
	Expired State = "expired"
	// Reclaimed: the issuer took it back.
	Reclaimed State = "reclaimed"
	// Claimed: its holder moved it into a wallet.
	Claimed State = "claimed"
	// Gone: somebody who has the code moved it elsewhere.
	Gone State = "gone"
)

// Info is what anybody who has a voucher's name may know of it.
type Info struct {
	Name   bearer.Name
	Shop   Shop
	Series Series
	State  State
	Units  int64
	Left   int64
	// Expires is zero for never.
	Expires time.Time
	Output  bearer.Output
	// Undoable are bookings of the last minutes, for the holder to see; newest
	// first.
	Bookings []Booking
}

// Plan is the transaction that a bearer signs.
type Plan struct {
	Name  bearer.Name
	Coin  bearer.Coin
	Units int64
	// Left is what is left of the voucher then.
	Left int64
	// Unsigned has one input, the coin, and says by its outputs where all units go.
	Unsigned *wire.MsgTx
}

// Redemption is what a till hands in.
type Redemption struct {
	Name bearer.Name
	// Units are those taken now, without those that were before.
	Units int64
	// Signed is the planned transaction with the bearer's signature.
	Signed []byte
	// Request makes it safe to repeat.
	Request RequestID
	// Offline is when the till took it, if it had no network then; zero otherwise.
	Offline time.Time
	// Note is the cashier's, as the number of the bill: at most 80 characters.
	Note string
}

// What is what was done with units.
type What string

// What bookings are of.
const (
	Redeeming  What = "redeem"
	Claiming   What = "claim"
	Reclaiming What = "reclaim"
)

// Stage is how far a booking has come.
type Stage string

// The stages.
const (
	// Undoable: it can be undone until UndoUntil.
	Undoable Stage = "undoable"
	// Waiting: it cannot, and waits to be sent: for a fee, or an allowance.
	Waiting Stage = "waiting"
	// Sent: it waits for a block.
	Sent Stage = "sent"
	// Confirmed: a block has it.
	Confirmed Stage = "confirmed"
	// Undone: it was undone in time.
	Undone Stage = "undone"
	// Lost: somebody spent the coin elsewhere.
	Lost Stage = "lost"
)

// Booking is one redemption, claim or reclaim.
type Booking struct {
	// Number counts all bookings here; it is shown, and tells nothing.
	Number int64
	Name   bearer.Name
	Series SeriesID
	What   What
	Stage  Stage
	Units  int64
	// Left was left of the voucher then.
	Left  int64
	At    time.Time
	Note  string
	Staff int
	Till  int
	// Offline is when the till took it, if it had no network.
	Offline time.Time
	// UndoUntil is zero for what cannot be undone.
	UndoUntil time.Time
	// Txid is of the transaction that was sent; empty before.
	Txid string
}

// Entry is a line of a shop's log.
type Entry struct {
	Number int64
	At     time.Time
	What   Event
	// Staff and Till did it; 0 for nobody of the shop.
	Staff, Till int
	Name        bearer.Name
	Series      SeriesID
	Units       int64
	// Detail is a name, an amount or the kind of an error.
	Detail string
}

// Event is what the log tells of.
type Event string

// The events.
const (
	EventShop      Event = "shop-edited"
	EventStaff     Event = "staff-added"
	EventRevoked   Event = "staff-revoked"
	EventTill      Event = "till-added"
	EventTillOff   Event = "till-revoked"
	EventSeries    Event = "series-added"
	EventClosed    Event = "series-closed"
	EventAdded     Event = "vouchers-added"
	EventGivenUp   Event = "vouchers-given-up"
	EventRedeemed  Event = "redeemed"
	EventUndone    Event = "undone"
	EventClaimed   Event = "claimed"
	EventReclaimed Event = "reclaimed"
	EventSent      Event = "sent"
	EventConfirmed Event = "confirmed"
	// EventRaised: it was sent once more with a higher fee.
	EventRaised Event = "raised"
	// EventConflict: somebody spends, or has spent, a coin elsewhere that was
	// booked: the shop is out of pocket.
	EventConflict Event = "conflict"
	// EventUncovered: a till without network took a voucher that turned out not to
	// be good.
	EventUncovered Event = "offline-uncovered"
	// EventAllowance: network fees were paid ahead.
	EventAllowance Event = "allowance-paid"
)
