package pledges

import (
	"context"
	"fmt"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
)

// Terms are what can be pledged to a campaign now.
type Terms struct {
	Campaign lighthouse.Campaign
	Progress lighthouse.Progress
	// Open: pledges are taken; else Closed is why not: lighthouse.ErrNotOpen.
	Open   bool
	Closed error
	// Tip is the last block that was taken in; pledges are taken while it is below
	// Campaign.Terms.Deadline.
	Tip chain.BlockRef
	// Missing is what confirmed and pending pledges leave to be pledged for the
	// goal; 0 when what comes now waits its turn.
	Missing btcutil.Amount
	// Least is the smallest pledge that is taken, by the kind of its coin.
	Least map[contract.Kind]btcutil.Amount
	// Slots is how many more pledges the claim can hold, by kind.
	Slots map[contract.Kind]int
	// Full: no more pledges are kept, not even to wait.
	Full bool
	// Rate is the fee rate that the claim is reckoned with.
	Rate chain.FeeRate
	// RefundHeight is the block from which coins can be sent home by anybody, and
	// firm pledges be taken back.
	RefundHeight uint32
}

// Waits says that a pledge made now would wait its turn.
func (t Terms) Waits() bool { return t.Missing == 0 }

// Terms are what can be pledged now. Errors: lighthouse.ErrUnknown.
func (s *Service) Terms(ctx context.Context, id lighthouse.ID) (Terms, error) {
	c, err := s.cfg.Campaigns.Get(ctx, id)
	if err != nil {
		return Terms{}, err
	}
	t := Terms{Campaign: c, Rate: s.rate(), RefundHeight: c.Terms.RefundHeight()}
	if t.Progress, err = s.progress(ctx, c); err != nil {
		return Terms{}, err
	}
	t.Tip = t.Progress.Checked
	t.Closed = open(c, c.Terms.Revision, t.Tip)
	t.Open = t.Closed == nil
	if len(c.Terms.Levels) == 0 || c.Terms.Levels[0].Contract == nil {
		return t, nil
	}
	sums, err := totalsOf(s.db.Read(ctx), id)
	if err != nil {
		return Terms{}, err
	}
	t.Missing = max(c.Terms.Goal()-sums.Confirmed-sums.Pending, 0)
	t.Least, t.Slots = make(map[contract.Kind]btcutil.Amount), make(map[contract.Kind]int)
	for _, kind := range kinds {
		t.Least[kind] = least(c.Terms, sums, kind, t.Rate)
		t.Slots[kind] = slots(c.Terms.Levels[0].Contract, sums, kind)
	}
	t.Full = sums.Stored+contract.P2TR.Budget() > claims*c.Terms.Levels[0].Contract.Limit()
	return t, nil
}

var kinds = []contract.Kind{contract.P2PKH, contract.P2WPKH, contract.P2SHP2WPKH, contract.P2TR, contract.FirmP2WSH, contract.FirmP2TR}

// Firm is the form of a firm pledge by an owner's public key (33 bytes), whose
// Script is where the owner pays to. Errors: lighthouse.ErrUnknown,
// contract.ErrScriptType where the campaign takes none or this is no key.
func (s *Service) Firm(ctx context.Context, id lighthouse.ID, owner []byte) (contract.Firm, error) {
	c, err := s.cfg.Campaigns.Get(ctx, id)
	if err != nil {
		return contract.Firm{}, err
	}
	key, err := btcec.ParsePubKey(owner)
	if err != nil || len(owner) != btcec.PubKeyBytesLenCompressed {
		return contract.Firm{}, fmt.Errorf("%w: this is no public key", contract.ErrScriptType)
	}
	firm, err := firmOf(c, key)
	if err != nil {
		return contract.Firm{}, err
	}
	return *firm, nil
}
