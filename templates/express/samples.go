package express

import (
	"time"

	"cairn/chain"
	"cairn/notary"

	"github.com/btcsuite/btcd/btcutil"
)

// Sample is the part in one state, for those who work on it.
type Sample struct {
	Name string
	View View
}

// Samples are all states there are.
func Samples(now time.Time) []Sample {
	offer := &Offer{Plain: 1234, Docproof: 1299, Within: 10 * time.Minute}
	own := func(change func(*notary.Own)) []notary.Own {
		o := notary.Own{Form: notary.FormPlain, OrderedAt: now.UTC(), Stage: notary.StageStored}
		change(&o)
		return []notary.Own{o}
	}
	return []Sample{
		{"offered", View{Action: "/", Stage: notary.StageStored, Offer: offer}},
		{"offered in the sandbox", View{Action: "/", Stage: notary.StageStored, Offer: &Offer{Plain: 1000, Docproof: 1000, Within: 5 * time.Second, Sandbox: true}}},
		{"dear", View{Action: "/", Stage: notary.StageStored, Offer: &Offer{Plain: btcutil.Amount(1_234_567), Docproof: btcutil.Amount(1_300_000)}}},
		{"paid", View{Stage: notary.StageInTree, Own: own(func(*notary.Own) {})}},
		{"held up", View{Stage: notary.StageInTree, Own: own(func(o *notary.Own) { o.Trouble = chain.ErrEngineDown.Error() })}},
		{"sent beside", View{Stage: notary.StageComplete, Own: own(func(o *notary.Own) { o.Stage = notary.StageBroadcast })}},
		{"in a block beside", View{Stage: notary.StageComplete, Own: own(func(o *notary.Own) {
			o.Stage, o.Anchor.Block.Height = notary.StageComplete, 912_095
		})}},
		{"given back", View{Action: "/", Stage: notary.StageInTree, Offer: offer, Own: own(func(o *notary.Own) { o.Returned = true })}},
		{"complete", View{Action: "/", Stage: notary.StageComplete, Offer: offer}},
	}
}
