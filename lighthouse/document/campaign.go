package document

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"time"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
)

// Campaign is a campaign's file: all that is needed to check its pledges and to
// claim it.
type Campaign struct {
	Network chain.Network
	// Server is where it was made, an address for people and programs.
	Server string
	// ServerKey signs it, and the receipts for its pledges.
	ServerKey [32]byte
	// SignedByCreator: the creator's own key has signed it as well.
	SignedByCreator bool
	MadeAt          time.Time
	// Campaign has no stage, and of its times only when it was opened.
	Campaign lighthouse.Campaign
}

type campaignFile struct {
	head
	Network  chain.Network  `json:"network"`
	Server   string         `json:"server"`
	MadeAt   time.Time      `json:"made_at"`
	ID       string         `json:"id"`
	OpenedAt *time.Time     `json:"opened_at,omitempty"`
	Revision int            `json:"revision"`
	Language string         `json:"language"`
	Category string         `json:"category"`
	Title    string         `json:"title"`
	Tagline  string         `json:"tagline"`
	Story    string         `json:"story"`
	Risks    string         `json:"risks"`
	Budget   []budgetLine   `json:"budget,omitempty"`
	FAQ      []question     `json:"faq,omitempty"`
	Creator  creator        `json:"creator"`
	Levels   []level        `json:"levels"`
	Least    btcutil.Amount `json:"least"`
	Multiple btcutil.Amount `json:"multiple"`
	Deadline int32          `json:"deadline"`
	// DeadlineAt is when that block was expected.
	DeadlineAt   time.Time `json:"deadline_at"`
	RefundHeight uint32    `json:"refund_height"`
	AtDeadline   bool      `json:"at_deadline"`
	ByItself     bool      `json:"by_itself"`
	Keeper       string    `json:"keeper,omitempty"`
}

type budgetLine struct {
	For    string         `json:"for"`
	Amount btcutil.Amount `json:"amount"`
}

type question struct {
	Asks   string `json:"asks"`
	Answer string `json:"answer"`
}

type creator struct {
	Name    string `json:"name"`
	Contact string `json:"contact"`
	Key     string `json:"key,omitempty"`
}

type level struct {
	Title         string         `json:"title"`
	Goal          btcutil.Amount `json:"goal"`
	Reserve       btcutil.Amount `json:"reserve"`
	Beneficiaries []beneficiary  `json:"beneficiaries"`
	Contract      string         `json:"contract"`
}

type beneficiary struct {
	Name    string         `json:"name"`
	Address string         `json:"address"`
	Amount  btcutil.Amount `json:"amount"`
}

const maxLevels = 20

// Campaign writes a campaign's file. It must have contracts (it was shown
// before). Errors: ErrContents.
func (s Signer) Campaign(c Campaign) ([]byte, error) {
	f := campaignFile{
		head: head{CampaignFile, Version}, Network: c.Network, Server: c.Server, MadeAt: second(c.MadeAt),
		ID: c.Campaign.ID.String(), Revision: c.Campaign.Terms.Revision, Language: c.Campaign.Language, Category: c.Campaign.Category,
		Title: c.Campaign.Text.Title, Tagline: c.Campaign.Text.Tagline, Story: c.Campaign.Text.Story, Risks: c.Campaign.Text.Risks,
		Creator: creator{c.Campaign.Creator.Name, c.Campaign.Creator.Contact, hex.EncodeToString(c.Campaign.Creator.PublicKey)},
		Least:   c.Campaign.Terms.Least, Multiple: c.Campaign.Terms.Multiple,
		Deadline: c.Campaign.Terms.Deadline, DeadlineAt: second(c.Campaign.Terms.DeadlineAt), RefundHeight: c.Campaign.Terms.RefundHeight(),
		AtDeadline: c.Campaign.Terms.AtDeadline, ByItself: c.Campaign.Terms.ByItself, Keeper: hex.EncodeToString(c.Campaign.Terms.Keeper),
	}
	if at := second(c.Campaign.OpenedAt); !at.IsZero() {
		f.OpenedAt = &at
	}
	for _, b := range c.Campaign.Text.Budget {
		f.Budget = append(f.Budget, budgetLine{b.For, b.Amount})
	}
	for _, q := range c.Campaign.Text.FAQ {
		f.FAQ = append(f.FAQ, question{q.Asks, q.Answer})
	}
	for i, l := range c.Campaign.Terms.Levels {
		if l.Contract == nil {
			return nil, fmt.Errorf("%w: level %d has no contract yet", ErrContents, i)
		}
		own := level{Title: l.Title, Goal: l.Goal, Reserve: l.Reserve, Contract: hex.EncodeToString(l.Contract.Encode())}
		for _, b := range l.Beneficiaries {
			own.Beneficiaries = append(own.Beneficiaries, beneficiary{b.Name, b.Address, b.Amount})
		}
		f.Levels = append(f.Levels, own)
	}
	return s.sign(CampaignFile, f)
}

// ReadCampaign reads a campaign's file. What it says in words must be what its
// contracts pay. It must be signed by a server, and by the creator where it
// names his key and has his signature. Errors: ErrFile, ErrVersion, ErrSize,
// ErrSigned, ErrContents, and the kinds of lighthouse and contract.
func ReadCampaign(raw []byte) (Campaign, error) {
	var f campaignFile
	signatures, err := open(CampaignFile, raw, &f)
	if err != nil {
		return Campaign{}, err
	}
	c := Campaign{Network: f.Network, Server: f.Server, MadeAt: f.MadeAt}
	var signed bool
	if c.ServerKey, signed = by(Server, signatures); !signed {
		return Campaign{}, fmt.Errorf("%w: no server has signed it", ErrSigned)
	}
	if c.Campaign, err = f.campaign(); err != nil {
		return Campaign{}, err
	}
	if key, ok := by(Creator, signatures); ok {
		if !bytes.Equal(key[:], c.Campaign.Creator.PublicKey) {
			return Campaign{}, fmt.Errorf("%w: by another key than the creator's", ErrSigned)
		}
		c.SignedByCreator = true
	}
	return c, nil
}

func (f campaignFile) campaign() (c lighthouse.Campaign, err error) {
	net, err := f.Network.Params()
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrContents, err)
	}
	c = lighthouse.Campaign{
		Text:     lighthouse.Text{Title: f.Title, Tagline: f.Tagline, Story: f.Story, Risks: f.Risks},
		Creator:  lighthouse.Creator{Name: f.Creator.Name, Contact: f.Creator.Contact},
		Language: f.Language, Category: f.Category,
		Terms: lighthouse.Terms{
			Revision: f.Revision, Least: f.Least, Multiple: f.Multiple, Deadline: f.Deadline, DeadlineAt: f.DeadlineAt,
			AtDeadline: f.AtDeadline, ByItself: f.ByItself,
		},
	}
	if c.ID, err = lighthouse.ParseID(f.ID); err != nil {
		return c, err
	}
	if f.OpenedAt != nil {
		c.OpenedAt = *f.OpenedAt
	}
	for _, b := range f.Budget {
		c.Text.Budget = append(c.Text.Budget, lighthouse.BudgetLine{For: b.For, Amount: b.Amount})
	}
	for _, q := range f.FAQ {
		c.Text.FAQ = append(c.Text.FAQ, lighthouse.Question{Asks: q.Asks, Answer: q.Answer})
	}
	if f.Creator.Key != "" {
		c.Creator.PublicKey = make([]byte, 32)
		if err := fixed(c.Creator.PublicKey, f.Creator.Key); err != nil {
			return c, err
		}
	}
	if f.Keeper != "" {
		c.Terms.Keeper = make([]byte, btcec.PubKeyBytesLenCompressed)
		if err := fixed(c.Terms.Keeper, f.Keeper); err != nil {
			return c, err
		}
		if _, err := btcec.ParsePubKey(c.Terms.Keeper); err != nil {
			return c, fmt.Errorf("%w: the keeper's key: %w", ErrContents, err)
		}
	}
	if len(f.Levels) == 0 || len(f.Levels) > maxLevels {
		return c, fmt.Errorf("%w: %d levels", ErrContents, len(f.Levels))
	}
	for i, l := range f.Levels {
		own, err := l.level(net)
		if err != nil {
			return c, fmt.Errorf("level %d: %w", i, err)
		}
		if i > 0 && own.Goal <= c.Terms.Levels[i-1].Goal {
			return c, fmt.Errorf("%w: level %d is not above the one before", ErrContents, i)
		}
		c.Terms.Levels = append(c.Terms.Levels, own)
	}
	return c, f.fits(c.Terms)
}

// fits says whether the terms agree with each other.
func (f campaignFile) fits(t lighthouse.Terms) error {
	if t.Revision < 1 || t.Deadline <= 0 || f.RefundHeight != t.RefundHeight() || t.Least < 0 || t.Multiple < 0 {
		return fmt.Errorf("%w: its terms", ErrContents)
	}
	var lockTime uint32
	if t.AtDeadline {
		lockTime = uint32(t.Deadline)
	}
	seen := make(map[contract.ID]bool, len(t.Levels))
	for i, l := range t.Levels {
		if l.Contract.LockTime != lockTime || seen[l.Contract.ID()] {
			return fmt.Errorf("%w: the contract of level %d", ErrContents, i)
		}
		seen[l.Contract.ID()] = true
	}
	return nil
}

// level reads a level, and sees that its contract pays the beneficiaries.
func (l level) level(net *chaincfg.Params) (own lighthouse.Level, err error) {
	own = lighthouse.Level{Title: l.Title, Goal: l.Goal, Reserve: l.Reserve}
	raw, err := hex.DecodeString(l.Contract)
	if err != nil {
		return own, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if own.Contract, err = contract.Decode(raw); err != nil {
		return own, err
	}
	if len(l.Beneficiaries) != len(own.Contract.Outputs) {
		return own, fmt.Errorf("%w: %d beneficiaries, the contract pays %d", ErrContents, len(l.Beneficiaries), len(own.Contract.Outputs))
	}
	for i, b := range l.Beneficiaries {
		script, err := scriptOf(b.Address, net)
		if err != nil {
			return own, err
		}
		if out := own.Contract.Outputs[i]; out.Value != b.Amount || !bytes.Equal(out.Script, script) {
			return own, fmt.Errorf("%w: the contract pays beneficiary %d otherwise", ErrContents, i)
		}
		own.Beneficiaries = append(own.Beneficiaries, lighthouse.Beneficiary{Name: b.Name, Address: b.Address, Amount: b.Amount})
	}
	if l.Reserve < 0 || l.Goal != own.Net()+l.Reserve {
		return own, fmt.Errorf("%w: the goal is not what is paid and the fee's reserve", ErrContents)
	}
	return own, nil
}

func scriptOf(address string, net *chaincfg.Params) ([]byte, error) {
	to, err := btcutil.DecodeAddress(address, net)
	if err != nil || !to.IsForNet(net) {
		return nil, fmt.Errorf("%w: %.100q is no address of %s", ErrContents, address, net.Name)
	}
	script, err := txscript.PayToAddrScript(to)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContents, err)
	}
	return script, nil
}

// second is a time as files have it.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
