package lightning

import (
	"fmt"

	"cairn/channels/ln"
)

// The words of package ln, which pages share without linking a node.
type (
	ErrorKind     = ln.ErrorKind
	Channel       = ln.Channel
	Balance       = ln.Balance
	Stage         = ln.Stage
	Pending       = ln.Pending
	Closed        = ln.Closed
	Ending        = ln.Ending
	Opening       = ln.Opening
	Forwarding    = ln.Forwarding
	Tower         = ln.Tower
	Watch         = ln.Watch
	Decoded       = ln.Decoded
	Order         = ln.Order
	Payment       = ln.Payment
	MovementState = ln.MovementState
	Movement      = ln.Movement
	PeerAddress   = ln.PeerAddress
	Peer          = ln.Peer
	Identity      = ln.Identity
)

// Why something cannot be done; package ln says what each means.
const (
	ErrInvoice        = ln.ErrInvoice
	ErrWrongNetwork   = ln.ErrWrongNetwork
	ErrExpired        = ln.ErrExpired
	ErrAmount         = ln.ErrAmount
	ErrNoRoute        = ln.ErrNoRoute
	ErrNoBalance      = ln.ErrNoBalance
	ErrRefused        = ln.ErrRefused
	ErrTimedOut       = ln.ErrTimedOut
	ErrUnknownOutcome = ln.ErrUnknownOutcome
	ErrUnknownPayment = ln.ErrUnknownPayment
	ErrPeerAddress    = ln.ErrPeerAddress
	ErrUnreachable    = ln.ErrUnreachable
	ErrPeerAway       = ln.ErrPeerAway
	ErrHasChannels    = ln.ErrHasChannels
	ErrPeerRefused    = ln.ErrPeerRefused
	ErrTooSmall       = ln.ErrTooSmall
	ErrTooLarge       = ln.ErrTooLarge
	ErrNoCoins        = ln.ErrNoCoins
	ErrOpening        = ln.ErrOpening
	ErrFeeRate        = ln.ErrFeeRate
	ErrSyncing        = ln.ErrSyncing
	ErrFunding        = ln.ErrFunding
	ErrUnknownChannel = ln.ErrUnknownChannel
	ErrBusyChannel    = ln.ErrBusyChannel
	ErrCloseFee       = ln.ErrCloseFee
	ErrNothingToBump  = ln.ErrNothingToBump
	ErrBackup         = ln.ErrBackup
	ErrTowerAddress   = ln.ErrTowerAddress
	ErrTowerOff       = ln.ErrTowerOff
	ErrTowerBusy      = ln.ErrTowerBusy
	ErrUnknownTower   = ln.ErrUnknownTower
)

func kindf(kind ErrorKind, format string, args ...any) error {
	return fmt.Errorf("%w: %s", kind, fmt.Sprintf(format, args...))
}
