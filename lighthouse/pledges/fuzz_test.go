package pledges

import (
	"testing"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"
)

// Whatever is sent, reading it returns, and what it takes for a pledge is one for
// the contract.
func FuzzRead(f *testing.F) {
	c := newCampaign(f, "fuzz", 10_000, 1_000_000)
	goal := c.Terms.Levels[0].Contract
	for _, kind := range kinds {
		b := newBacker(f, "fuzz", kind, 50_000, c)
		raw := rawTx(f, b.pledge(f, goal, hashType))
		f.Add(raw, []byte{}, rawTx(f, b.refund(f, 20_000)), b.coin.Script)
		if kind == contract.FirmP2WSH || kind == contract.FirmP2TR {
			continue
		}
		request, err := goal.Request(contract.Asked{OutPoint: b.at, Coin: b.coin, Sequence: sequence})
		must(f, err)
		f.Add(request, raw, []byte("6162"), []byte{})
	}
	f.Fuzz(func(t *testing.T, signed, funding, refund, script []byte) {
		s := Submission{Campaign: c.ID, Revision: 1, Signed: map[int][]byte{0: signed}, Funding: funding, Refund: refund, Script: script, Door: lighthouse.ByFile}
		if s.check() != nil {
			return
		}
		o, err := read(c, s)
		if err != nil {
			return
		}
		p := o.signed[0]
		if reopened, err := goal.Open(goal.Alone(p)); err != nil || reopened.OutPoint != o.at {
			t.Fatalf("%v, %v", reopened.OutPoint, err)
		}
		if owner := ownerIn(p); owner != nil {
			_, _ = NewKeeper(testSecret).complete(c.ID, goal, p, contract.Coin{Value: 1, Script: script}) // it returns
		}
		if len(p.Witness) > 100 {
			return // more than any kind of pledge has, and than is read back
		}
		row, err := signature(1, 0, p)
		if err != nil {
			t.Fatal(err)
		}
		back, err := row.signed(o.at)
		if err != nil {
			t.Fatal(err)
		}
		if proofOf(map[int]contract.Pledge{0: p}) != proofOf(map[int]contract.Pledge{0: back}) {
			t.Fatal("what is stored is not what was signed")
		}
	})
}
