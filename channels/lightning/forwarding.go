package lightning

import (
	"context"
	"fmt"
	"time"

	"cairn/channels/amount"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// maxForwards bounds how many forwarded payments are added up.
const maxForwards = 50_000

// Forwarding looks at the time since a moment. Errors: chain.ErrEngineDown.
func (n *Node) Forwarding(ctx context.Context, since time.Time) (Forwarding, error) {
	var out Forwarding
	setup, err := n.lnd.GetDebugInfo(ctx, &lnrpc.GetDebugInfoRequest{})
	if err == nil {
		var value string
		value, out.Known = setup.Config["rejecthtlc"]
		out.On = out.Known && value != "true"
	}
	answer, err := n.lnd.ForwardingHistory(ctx, &lnrpc.ForwardingHistoryRequest{
		StartTime: uint64(max(since.Unix(), 0)), EndTime: uint64(n.now().Unix() + 1), NumMaxEvents: maxForwards,
	})
	if err != nil {
		return Forwarding{}, kindOf("list forwarded payments", err)
	}
	for _, e := range answer.ForwardingEvents {
		through, err := amount.FromMsat(e.AmtOutMsat)
		if err != nil {
			return Forwarding{}, fmt.Errorf("read a forwarded payment: %w", err)
		}
		fee, err := amount.FromMsat(e.FeeMsat)
		if err != nil {
			return Forwarding{}, fmt.Errorf("read a forwarded payment: %w", err)
		}
		out.Payments++
		out.Amount += through
		out.Fees += fee
	}
	return out, nil
}
