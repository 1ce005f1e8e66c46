package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"cairn/app/web/api"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/claim"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
	"cairn/lighthouse/progress"
	"cairn/lighthouse/progress/tree"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// crowdAPI is crowdfunding as the API sees it, over one campaign whose pledges
// are checked by the real rules. Nothing of a chain is behind it.
type crowdAPI struct {
	campaign lighthouse.Campaign
	signer   document.Signer

	mu      sync.Mutex
	pledged []lighthouse.Pledge
	keys    map[lighthouse.Key]lighthouse.PledgeID
	heads   []progress.Head
	claimed *lighthouse.Claim
	err     error // of every call, if set
	refusal error // of every submission, if set
}

func (f *crowdAPI) deps() *api.Crowdfunding {
	return &api.Crowdfunding{Campaigns: f, Pledges: crowdPledges{f}, Claims: crowdClaims{f}, Files: crowdFiles{f}}
}

// newCrowdAPI has an open campaign of two levels.
func newCrowdAPI() *crowdAPI {
	opened := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	f := &crowdAPI{
		signer: document.NewSigner([32]byte{3}), keys: map[lighthouse.Key]lighthouse.PledgeID{},
		campaign: lighthouse.Campaign{
			ID: lighthouse.ID{7}, Stage: lighthouse.Open, OpenedAt: opened, Language: "en", Category: "community", Frozen: true,
			Text: lighthouse.Text{
				Title: "A path over the ridge", Tagline: "步道", Story: "**One**", Risks: "Rain",
				Budget: []lighthouse.BudgetLine{{For: "Stones", Amount: 90_000}}, FAQ: []lighthouse.Question{{Asks: "When?", Answer: "Soon."}},
			},
			Creator: lighthouse.Creator{Name: "Mira", Contact: "mira@example.org", PublicKey: make([]byte, 32)},
			Terms:   lighthouse.Terms{Revision: 1, Least: 1_000, Deadline: 5_000, DeadlineAt: opened.AddDate(0, 1, 0), Keeper: crowdKey("keeper").PubKey().SerializeCompressed()},
		},
	}
	for i, amount := range []btcutil.Amount{90_000, 190_000} {
		address, script := crowdAddress(crowdKey(fmt.Sprint("beneficiary ", i)))
		own, err := contract.New(contract.Version, 0, []contract.Output{{Value: amount, Script: script}})
		if err != nil {
			panic(err)
		}
		f.campaign.Terms.Levels = append(f.campaign.Terms.Levels, lighthouse.Level{
			Goal: amount + 10_000, Reserve: 10_000, Contract: own,
			Beneficiaries: []lighthouse.Beneficiary{{Name: "Ridge", Address: address, Amount: amount}},
		})
	}
	return f
}

func crowdKey(text string) *btcec.PrivateKey {
	key, _ := btcec.PrivKeyFromBytes(chainhash.HashB([]byte(text)))
	return key
}

func crowdAddress(key *btcec.PrivateKey) (string, []byte) {
	to, err := btcutil.NewAddressWitnessPubKeyHash(btcutil.Hash160(key.PubKey().SerializeCompressed()), &chaincfg.RegressionNetParams)
	if err != nil {
		panic(err)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		panic(err)
	}
	return to.EncodeAddress(), script
}

// sign is a coin of a backer's, signed for a level; hash types others than that
// of pledges make bad ones.
func (f *crowdAPI) sign(backer string, level int, hashType txscript.SigHashType) *wire.MsgTx {
	key := crowdKey(backer)
	_, script := crowdAddress(key)
	tx := f.campaign.Terms.Levels[level].Contract.Alone(contract.Pledge{
		OutPoint: wire.OutPoint{Hash: chainhash.HashH([]byte(backer)), Index: 1}, Sequence: wire.MaxTxInSequenceNum - 2,
	})
	hashes := txscript.NewTxSigHashes(tx, txscript.NewCannedPrevOutputFetcher(script, crowdValue))
	witness, err := txscript.WitnessSignature(tx, hashes, 0, crowdValue, script, hashType, key, true)
	if err != nil {
		panic(err)
	}
	tx.TxIn[0].Witness = witness
	return tx
}

// crowdValue is what each coin is worth.
const crowdValue = 60_000

func (f *crowdAPI) fails() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// Search implements api.Campaigns.
func (f *crowdAPI) Search(_ context.Context, q campaigns.Query) (campaigns.Page, error) {
	if err := f.fails(); err != nil {
		return campaigns.Page{}, err
	}
	if q.Sort != "" && !slices.Contains(campaigns.Sorts, q.Sort) {
		return campaigns.Page{}, campaigns.ErrSort
	}
	if q.Category != "" && !slices.Contains(lighthouse.Categories, q.Category) {
		return campaigns.Page{}, campaigns.ErrChoice
	}
	if q.After != "" {
		return campaigns.Page{}, nil
	}
	c := f.campaign
	return campaigns.Page{Next: "more", Cards: []campaigns.Card{{
		ID: c.ID, Stage: c.Stage, Title: c.Text.Title, Tagline: c.Text.Tagline, Creator: c.Creator.Name, Language: c.Language, Category: c.Category,
		Goal: c.Terms.Goal(), Deadline: c.Terms.Deadline, DeadlineAt: c.Terms.DeadlineAt, Backers: 1, Confirmed: crowdValue, OpenedAt: c.OpenedAt,
	}}}, nil
}

// Get implements api.Campaigns.
func (f *crowdAPI) Get(_ context.Context, id lighthouse.ID) (lighthouse.Campaign, error) {
	if err := f.fails(); err != nil {
		return lighthouse.Campaign{}, err
	}
	if id != f.campaign.ID {
		return lighthouse.Campaign{}, lighthouse.ErrUnknown
	}
	return f.campaign, nil
}

type crowdPledges struct{ *crowdAPI }

func (f crowdPledges) Progress(context.Context, lighthouse.ID) (lighthouse.Progress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	own := lighthouse.Tally{Pledges: len(f.pledged), Amount: btcutil.Amount(len(f.pledged)) * crowdValue}
	return lighthouse.Progress{
		Checked: chain.BlockRef{Height: 120, Hash: chainhash.Hash{8}}, Confirmed: own, Level: -1,
		Missing: max(f.campaign.Terms.Goal()-own.Amount, 0), Slots: 1_700, Least: 1_000,
	}, nil
}

func (f crowdPledges) List(_ context.Context, _ lighthouse.ID, _ pledges.Sort, page int) (pledges.Page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if page > 0 {
		return pledges.Page{}, nil
	}
	return pledges.Page{Pledges: slices.Clone(f.pledged)}, nil
}

func (f crowdPledges) Get(_ context.Context, id lighthouse.PledgeID) (lighthouse.Pledge, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return lighthouse.Pledge{}, f.err
	}
	for _, p := range f.pledged {
		if p.ID == id {
			return p, nil
		}
	}
	return lighthouse.Pledge{}, lighthouse.ErrUnknownPledge
}

func (f crowdPledges) ByKey(ctx context.Context, key lighthouse.Key) (lighthouse.Pledge, error) {
	f.mu.Lock()
	id, ok := f.keys[key]
	f.mu.Unlock()
	if !ok {
		return lighthouse.Pledge{}, lighthouse.ErrNotYours
	}
	return f.Get(ctx, id)
}

func (f crowdPledges) Submit(_ context.Context, s pledges.Submission) (lighthouse.Pledge, lighthouse.Key, error) {
	if f.refusal != nil {
		return lighthouse.Pledge{}, lighthouse.Key{}, f.refusal
	}
	p := lighthouse.Pledge{Campaign: f.campaign.ID, Signed: map[int]contract.Pledge{}, Name: s.Name, Message: s.Message, Door: s.Door, State: lighthouse.Seen, At: f.campaign.OpenedAt}
	p.Coin = contract.Coin{Value: crowdValue, Script: s.Script}
	for level, raw := range s.Signed {
		read, err := document.ReadPledge(fmt.Appendf(nil, "%x", raw))
		if err != nil {
			return p, lighthouse.Key{}, err
		}
		tx, err := read.Signed[0].Tx(nil)
		if err != nil {
			return p, lighthouse.Key{}, err
		}
		own := f.campaign.Terms.Levels[level].Contract
		signed, err := own.Open(tx)
		if err != nil {
			return p, lighthouse.Key{}, err
		}
		if p.Kind, err = own.Check(signed, p.Coin, contract.Rules{Least: f.campaign.Terms.Least, Rand: rand.Reader}); err != nil {
			return p, lighthouse.Key{}, err
		}
		p.Signed[level], p.Outpoint = signed, signed.OutPoint
	}
	name := sha256.Sum256([]byte(p.Outpoint.String()))
	p.ID = lighthouse.PledgeID(name[:16])
	key := lighthouse.Key(name[16:])
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, again := f.keys[key]; !again {
		f.keys[key], f.pledged = p.ID, append(f.pledged, p)
	}
	return p, key, nil
}

type crowdClaims struct{ *crowdAPI }

func (f crowdClaims) Get(context.Context, lighthouse.ID) (lighthouse.Claim, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.claimed == nil {
		return lighthouse.Claim{}, claim.ErrNone
	}
	return *f.claimed, nil
}

type crowdFiles struct{ *crowdAPI }

func (f crowdFiles) Campaign(_ context.Context, c lighthouse.Campaign) ([]byte, error) {
	return f.signer.Campaign(document.Campaign{Network: chain.Devnet, Server: "https://cairn.example", MadeAt: c.OpenedAt, Campaign: c})
}

func (f crowdFiles) Pledge(_ context.Context, c lighthouse.Campaign, p lighthouse.Pledge) ([]byte, error) {
	return document.WritePledge(chain.Devnet, c, p)
}

func (f crowdFiles) leaf(p lighthouse.Pledge) tree.Leaf {
	return tree.Leaf{Campaign: p.Campaign, Pledge: p.ID, Outpoint: p.Outpoint, Value: p.Coin.Value, Salt: tree.Hash{9}}
}

func (f crowdFiles) Receipt(_ context.Context, p lighthouse.Pledge) ([]byte, error) {
	return f.signer.Receipt(document.Receipt{Network: chain.Devnet, Server: "https://cairn.example", MadeAt: p.At, Leaf: f.leaf(p), Since: p.At})
}

func (f crowdFiles) Opening(context.Context, lighthouse.ID) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.claimed == nil || f.claimed.State != lighthouse.InBlock {
		return nil, lighthouse.ErrTooEarly
	}
	o := document.Opening{Network: chain.Devnet, Server: "https://cairn.example", MadeAt: f.claimed.At, Campaign: f.campaign.ID}
	for _, p := range f.pledged {
		o.Leaves = append(o.Leaves, f.leaf(p))
	}
	return f.signer.Opening(o)
}

func (f crowdFiles) Heads(_ context.Context, _ lighthouse.ID, below uint32, limit int) ([]progress.Head, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var some []progress.Head
	for _, h := range slices.Backward(f.heads) {
		if (below == 0 || h.Number < below) && len(some) < limit {
			some = append(some, h)
		}
	}
	return some, nil
}
