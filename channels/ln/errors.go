package ln

// ErrorKind names why a payment cannot be made; match it with errors.Is. The
// kinds of receiving are those of package invoice; a node that is down is
// chain.ErrEngineDown.
type ErrorKind string

// Error returns the kind's own words.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrInvoice: the text is no invoice, or one this node cannot pay.
	ErrInvoice = ErrorKind("this is not a Lightning invoice")
	// ErrWrongNetwork: the invoice is for another network.
	ErrWrongNetwork = ErrorKind("the invoice is for another network")
	// ErrExpired: the invoice's time is over.
	ErrExpired = ErrorKind("the invoice has expired")
	// ErrAmount: the amount is missing, or not the one the invoice asks for.
	ErrAmount = ErrorKind("the amount does not fit the invoice")
	// ErrNoRoute: no way to the payee is known within the fee limit.
	ErrNoRoute = ErrorKind("no route to the payee was found within the fee limit")
	// ErrNoBalance: the channels hold too little to send.
	ErrNoBalance = ErrorKind("the node's channels hold too little to send this")
	// ErrRefused: the payee does not take this payment: its invoice was paid,
	// cancelled, or is none of his.
	ErrRefused = ErrorKind("the payee refused the payment")
	// ErrTimedOut: no way worked in the time given; nothing was paid.
	ErrTimedOut = ErrorKind("the payment did not get through in time")
	// ErrUnknownOutcome: the node stopped answering while the payment was under
	// way. It may still succeed: Track tells, or Pay again, which never pays an
	// invoice twice.
	ErrUnknownOutcome = ErrorKind("it is not known whether the payment succeeded")
	// ErrUnknownPayment: the node has never tried to pay that.
	ErrUnknownPayment = ErrorKind("the node knows no such payment")
)

// Why something cannot be done with peers and channels.
const (
	// ErrPeerAddress: not "key@host:port", or this node's own.
	ErrPeerAddress = ErrorKind("this is not the address of another Lightning node")
	// ErrUnreachable: nobody answers there, or somebody else does.
	ErrUnreachable = ErrorKind("the other node cannot be reached")
	// ErrPeerAway: the peer is not connected now.
	ErrPeerAway = ErrorKind("the other node is not connected")
	// ErrHasChannels: the peer shares a channel with us that is in use.
	ErrHasChannels = ErrorKind("there are channels with this node")
	// ErrPeerRefused: the other node does not want this channel.
	ErrPeerRefused = ErrorKind("the other node refuses the channel")
	// ErrTooSmall and ErrTooLarge: the channel's size is out of bounds.
	ErrTooSmall = ErrorKind("the channel is too small")
	ErrTooLarge = ErrorKind("the channel is too large")
	// ErrNoCoins: the wallet has fewer coins than the channel needs.
	ErrNoCoins = ErrorKind("the wallet has too few coins for this channel")
	// ErrOpening: a channel with this peer is being opened already.
	ErrOpening = ErrorKind("a channel with this node is being opened already")
	// ErrFeeRate: no fee rate to pay.
	ErrFeeRate = ErrorKind("the fee rate is out of bounds")
	// ErrSyncing: the node has not caught up with the chain.
	ErrSyncing = ErrorKind("the node has not caught up with the chain")
	// ErrFunding: the network did not take the transaction that opens the
	// channel; the channel will not come about.
	ErrFunding = ErrorKind("the network refused the transaction that opens the channel")
	// ErrUnknownChannel: the node has no such channel, or it is closed.
	ErrUnknownChannel = ErrorKind("the node has no such channel")
	// ErrBusyChannel: payments are under way in the channel.
	ErrBusyChannel = ErrorKind("payments are under way in this channel")
	// ErrCloseFee: the other side wants a higher fee for closing together.
	ErrCloseFee = ErrorKind("the other node wants a higher fee for closing")
	// ErrNothingToBump: no closing of this channel waits for a block.
	ErrNothingToBump = ErrorKind("no closing transaction of this channel waits for a block")
	// ErrBackup: not a channel backup of this node's wallet.
	ErrBackup = ErrorKind("this is not a channel backup of this wallet")
	// ErrTowerAddress: not "key@host:port".
	ErrTowerAddress = ErrorKind("this is not the address of a watchtower")
	// ErrTowerOff: the node's watchtower client is not switched on.
	ErrTowerOff = ErrorKind("the watchtower client is switched off")
	// ErrTowerBusy: the tower holds what it has not confirmed yet.
	ErrTowerBusy = ErrorKind("the watchtower has not confirmed everything yet")
	// ErrUnknownTower: the node has no such tower.
	ErrUnknownTower = ErrorKind("the node has no such watchtower")
	// ErrNode: the node could not do it, for a reason that is in its log.
	ErrNode = ErrorKind("the node could not do this")
)
