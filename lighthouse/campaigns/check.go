package campaigns

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/story"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/txscript"
)

// checker looks at drafts.
type checker struct {
	params   *chaincfg.Params
	planning chain.FeeRate
	unlink   func(string) (string, error)
	firm     bool // firm pledges can be kept
	// complete asks for everything that a campaign must have to be shown.
	complete bool
	faults
}

// check looks at a cleaned draft and finds everything that is wrong with it,
// but its deadline, which takes the chain, and its cover. Addresses are left in
// their usual form, reserves filled in.
func (c *checker) check(d *Draft) error {
	c.words(d)
	if !slices.Contains(Languages, d.Language) {
		c.add(ErrChoice, 0, "language")
	}
	if !slices.Contains(lighthouse.Categories, d.Category) {
		c.add(ErrChoice, 0, "category")
	}
	if len(d.Creator.PublicKey) > 0 {
		if _, err := schnorr.ParsePubKey(d.Creator.PublicKey); err != nil {
			c.add(ErrPublicKey, 0, "creator.public-key")
		}
	}
	c.levels(d)
	c.sizes(d)
	c.budget(d)
	if d.Firm && !c.firm {
		c.add(ErrFirm, 0, "firm")
	}
	return c.err()
}

func (c *checker) words(d *Draft) {
	t := d.Text
	c.text("title", t.Title, MaxTitle, true)
	c.text("tagline", t.Tagline, MaxTagline, false)
	c.markdown("story", t.Story, MaxStory, true)
	c.markdown("risks", t.Risks, MaxRisks, true)
	c.text("creator.name", d.Creator.Name, MaxName, true)
	c.text("creator.contact", d.Creator.Contact, MaxContact, false)
	if len(t.FAQ) > MaxFAQ {
		c.add(ErrTooMany, MaxFAQ, "faq")
		return
	}
	for i, q := range t.FAQ {
		if q == (lighthouse.Question{}) {
			continue
		}
		c.text(fmt.Sprintf("faq.%d.asks", i), q.Asks, MaxAsks, true)
		c.markdown(fmt.Sprintf("faq.%d.answer", i), q.Answer, MaxAnswer, true)
	}
}

// text checks a text of at most so many characters.
func (c *checker) text(field, text string, most int, needed bool) {
	switch {
	case length(text) > most:
		c.add(ErrLong, int64(most), "%s", field)
	case text == "" && needed && c.complete:
		c.add(ErrMissing, 0, "%s", field)
	}
}

// markdown is text that also has to become HTML of a sane size.
func (c *checker) markdown(field, text string, most int, needed bool) {
	c.text(field, text, most, needed)
	if length(text) > most {
		return
	}
	if _, err := story.HTML(text); errors.Is(err, story.ErrTooLong) {
		c.add(ErrLong, int64(most), "%s", field)
	}
}

// levels checks who is paid what, and fills reserves in.
func (c *checker) levels(d *Draft) {
	if len(d.Levels) > MaxLevels {
		c.add(ErrTooMany, MaxLevels, "levels")
		return
	}
	var before btcutil.Amount // what the level before pays out
	var goal btcutil.Amount   // and is
	for i := range d.Levels {
		l := &d.Levels[i]
		if i > 0 && emptyLevel(*l) {
			continue
		}
		at := fmt.Sprintf("levels.%d", i)
		c.text(at+".title", l.Title, MaxLevel, i > 0)
		outputs, ok := c.beneficiaries(at, l.Beneficiaries)
		if !ok {
			continue
		}
		made, err := contract.New(contract.Version, 0, outputs)
		if err != nil { // the sum is more than all the money there is
			c.add(ErrAmount, 0, "%s.beneficiaries", at)
			continue
		}
		c.reserve(at, l, made, d)
		if i > 0 && (made.Net() <= before || made.Net()+l.Reserve <= goal) {
			c.add(ErrLevels, int64(max(before, goal-l.Reserve)), "%s", at)
		}
		before, goal = made.Net(), made.Net()+l.Reserve
	}
}

// beneficiaries makes the outputs; ok is false where there is none, or one is
// not good.
func (c *checker) beneficiaries(at string, list []lighthouse.Beneficiary) (outputs []contract.Output, ok bool) {
	if len(list) > contract.MaxOutputs {
		c.add(ErrTooMany, contract.MaxOutputs, "%s.beneficiaries", at)
		return nil, false
	}
	ok = true
	for j := range list {
		b := &list[j]
		if emptyBeneficiary(*b) {
			continue
		}
		here := fmt.Sprintf("%s.beneficiaries.%d", at, j)
		c.text(here+".name", b.Name, MaxName, false)
		script := c.address(here+".address", b)
		switch {
		case b.Amount < 0 || b.Amount > btcutil.MaxSatoshi:
			c.add(ErrAmount, 0, "%s.amount", here)
		case b.Amount == 0:
			if c.complete {
				c.add(ErrMissing, 0, "%s.amount", here)
			}
		case script != nil:
			if _, err := contract.New(contract.Version, 0, []contract.Output{{Value: b.Amount, Script: script}}); err == nil {
				outputs = append(outputs, contract.Output{Value: b.Amount, Script: script})
				continue
			}
			c.add(ErrSmall, int64(leastOutput(script)), "%s.amount", here)
		}
		ok = false
	}
	if len(outputs) == 0 && ok {
		if c.complete {
			c.add(ErrMissing, 0, "%s.beneficiaries.0.address", at)
		}
		return nil, false
	}
	return outputs, ok
}

// leastOutput is the smallest amount that a contract pays to a script.
func leastOutput(script []byte) btcutil.Amount {
	low, high := btcutil.Amount(0), btcutil.Amount(1_000_000)
	for low+1 < high {
		middle := (low + high) / 2
		if _, err := contract.New(contract.Version, 0, []contract.Output{{Value: middle, Script: script}}); err == nil {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// maxAddress bounds an address or payment link, in bytes.
const maxAddress = 1_000

// address reads an address, or the one in a payment link (BIP-0321), and writes
// it in its usual form. The script is nil where there is none.
func (c *checker) address(field string, b *lighthouse.Beneficiary) []byte {
	if b.Address == "" {
		if c.complete {
			c.add(ErrMissing, 0, "%s", field)
		}
		return nil
	}
	if len(b.Address) > maxAddress {
		b.Address = b.Address[:maxAddress]
		c.add(ErrAddress, 0, "%s", field)
		return nil
	}
	address := b.Address
	if scheme, _, linked := strings.Cut(address, ":"); linked && strings.EqualFold(scheme, "bitcoin") && c.unlink != nil {
		inside, err := c.unlink(address)
		if err != nil {
			c.add(ErrAddress, 0, "%s", field)
			return nil
		}
		address = inside
	}
	parsed, script, err := ParseAddress(address, c.params)
	if err != nil {
		c.add(ErrAddress, 0, "%s", field)
		return nil
	}
	b.Address = parsed
	return script
}

// ParseAddress reads an address of a network that a contract can pay to, and
// gives its usual form and its script. Errors: ErrAddress.
func ParseAddress(text string, params *chaincfg.Params) (string, []byte, error) {
	address, err := btcutil.DecodeAddress(text, params)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if !address.IsForNet(params) {
		return "", nil, fmt.Errorf("%w: it is of another", ErrAddress)
	}
	switch address.(type) {
	case *btcutil.AddressPubKeyHash, *btcutil.AddressScriptHash, *btcutil.AddressWitnessPubKeyHash, *btcutil.AddressWitnessScriptHash, *btcutil.AddressTaproot:
	default: // a bare public key
		return "", nil, fmt.Errorf("%w: its kind cannot be paid", ErrAddress)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	return address.EncodeAddress(), script, nil
}

// sizes checks the least pledge and the price of a share against the goal.
func (c *checker) sizes(d *Draft) {
	goal := goalOf(d.Levels[0])
	switch {
	case d.Multiple < 0 || d.Multiple > btcutil.MaxSatoshi:
		c.add(ErrAmount, 0, "multiple")
	case d.Multiple > goal && goal > 0:
		c.add(ErrShare, int64(goal), "multiple")
	}
	switch {
	case d.Least < 0 || d.Least > btcutil.MaxSatoshi:
		c.add(ErrAmount, 0, "least")
	case d.Least > goal && goal > 0, d.Multiple > 0 && d.Least%d.Multiple != 0:
		c.add(ErrLeast, int64(goal), "least")
	}
}

func (c *checker) budget(d *Draft) {
	if len(d.Text.Budget) > MaxBudget {
		c.add(ErrTooMany, MaxBudget, "budget")
		return
	}
	var sum btcutil.Amount
	for i, b := range d.Text.Budget {
		if b == (lighthouse.BudgetLine{}) {
			continue
		}
		c.text(fmt.Sprintf("budget.%d.for", i), b.For, MaxFor, true)
		if b.Amount < 0 || b.Amount > btcutil.MaxSatoshi {
			c.add(ErrAmount, 0, "budget.%d.amount", i)
			return
		}
		if b.Amount == 0 && c.complete {
			c.add(ErrMissing, 0, "budget.%d.amount", i)
		}
		sum += b.Amount
	}
	if net := netOf(d.Levels[0]); sum > net && net > 0 {
		c.add(ErrBudget, int64(net), "budget")
	}
}

func netOf(l Level) (net btcutil.Amount) {
	for _, b := range l.Beneficiaries {
		net += b.Amount
	}
	return net
}

func goalOf(l Level) btcutil.Amount { return netOf(l) + l.Reserve }
