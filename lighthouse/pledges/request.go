package pledges

import (
	"context"
	"fmt"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/wire"
)

const (
	// MaxRequests is how many levels another wallet is asked to sign: each is a
	// PSBT of its own.
	MaxRequests = 3
	// sequence lets the claim be replaced and its lock time hold (BIP-0125).
	sequence = wire.MaxTxInSequenceNum - 2
)

// Ask is a coin whose owner wants to pledge it with another wallet.
type Ask struct {
	Campaign lighthouse.ID
	// Outpoint is the coin; Height and Script are hints as in Submission.
	Outpoint wire.OutPoint
	Height   int32
	Script   []byte
	// Previous is the transaction that the coin is an output of, in text, where
	// the owner has it; hardware wallets want it.
	Previous []byte
	// Match asks for the signature of this stretch level alone, as of a sponsor
	// whose coin counts there only; 0 asks for the goal's and the next ones'.
	Match int
	// Alone leaves the input out that stands for the other backers.
	Alone  bool
	Client string
}

// Request is what another wallet is to sign.
type Request struct {
	// PSBTs are by level, in bytes: the goal and the next stretch levels.
	PSBTs map[int][]byte
	// Coin and Kind are what is pledged; Height is that of its block, for
	// Submission, 0 while none holds it.
	Coin   contract.Coin
	Kind   contract.Kind
	Height int32
}

// asks are the levels whose contracts another wallet signs.
func asks(match, levels int) (out []int) {
	if match > 0 && match < levels {
		return []int{match}
	}
	for level := range min(levels, MaxRequests) {
		out = append(out, level)
	}
	return out
}

// Request asks the owner of a coin to sign. Errors: lighthouse.ErrUnknown,
// ErrNotOpen, ErrNoCoin, ErrSpent, ErrImmature, ErrAlreadyPledged, ErrMultiple;
// contract.ErrScriptType, contract.ErrTooSmall; those of coins.Finder.
func (s *Service) Request(ctx context.Context, ask Ask) (Request, error) {
	t, err := s.Terms(ctx, ask.Campaign)
	if err != nil {
		return Request{}, err
	}
	if !t.Open {
		return Request{}, t.Closed
	}
	if len(ask.Script) > maxScript || len(ask.Client) > maxClient {
		return Request{}, ErrTooLarge
	}
	o := &offer{campaign: t.Campaign, at: ask.Outpoint, script: ask.Script, submission: Submission{Height: ask.Height, Client: ask.Client}}
	if _, _, err := known(s.db.Read(ctx), o); err != nil {
		return Request{}, err
	}
	previous, err := readOptional(ask.Previous)
	if err != nil {
		return Request{}, err
	}
	if previous != nil && previous.TxHash() != ask.Outpoint.Hash {
		return Request{}, fmt.Errorf("%w: the transaction that came with it makes other coins", lighthouse.ErrNoCoin)
	}
	o.funding = previous
	found, err := s.find(ctx, o)
	if err != nil {
		return Request{}, err
	}
	out := Request{
		PSBTs: make(map[int][]byte), Height: found.Block.Height,
		Coin: contract.Coin{Value: btcutil.Amount(found.Out.Value), Script: found.Out.PkScript},
	}
	if out.Kind, err = contract.KindOf(out.Coin.Script); err != nil {
		return Request{}, err
	}
	terms := t.Campaign.Terms
	if least := t.Least[out.Kind]; out.Coin.Value < least {
		return Request{}, fmt.Errorf("%w: %d sat, the least is %d", contract.ErrTooSmall, int64(out.Coin.Value), int64(least))
	}
	if terms.Multiple > 0 && out.Coin.Value%terms.Multiple != 0 {
		return Request{}, fmt.Errorf("%w: %d sat, of %d each", lighthouse.ErrMultiple, int64(out.Coin.Value), int64(terms.Multiple))
	}
	asked := contract.Asked{OutPoint: ask.Outpoint, Coin: out.Coin, Sequence: sequence, Previous: found.Tx, Alone: ask.Alone}
	if asked.Previous != nil && blockchain.IsCoinBaseTx(asked.Previous) && out.Kind != contract.P2PKH {
		asked.Previous = nil // may be large, and nobody needs it
	}
	for _, level := range asks(ask.Match, len(terms.Levels)) {
		if out.PSBTs[level], err = terms.Levels[level].Contract.Request(asked); err != nil {
			return Request{}, err
		}
	}
	return out, nil
}
