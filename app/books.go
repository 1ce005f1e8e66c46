package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"cairn/app/control"
	"cairn/channels/fees"

	"github.com/prometheus/client_golang/prometheus"
)

// receivePatience is how long the node may take to say what it can receive.
const receivePatience = 2 * time.Second

// tillStatus is the till as the operator's commands see it.
func (a *App) tillStatus(ctx context.Context) control.Till {
	t := control.Till{ReceivableMsat: -1}
	if b, err := a.till.Books(ctx); err != nil {
		t.Wrong = err.Error()
	} else {
		t.LightningMsat, t.OnChainMsat = int64(b.Lightning), int64(b.OnChain)
		t.HeldMsat, t.CreditMsat, t.LostMsat = int64(b.Held), int64(b.Credit), int64(b.Lost)
		for _, earned := range b.Income {
			t.IncomeMsat += int64(earned)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, receivePatience)
	defer cancel()
	if most, err := a.lightning.Receivable(ctx); err == nil {
		t.ReceivableMsat = int64(most)
	}
	return t
}

// booksCollector adds the books up once per scrape.
type booksCollector struct {
	books                                        func(context.Context) (fees.Books, error)
	lightning, chain, held, credit, lost, income *prometheus.Desc
}

// watchBooks shows what came in and what became of it.
func (m *metrics) watchBooks(books func(context.Context) (fees.Books, error)) {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("cairn_till_"+name+"_msat", help, labels, nil)
	}
	m.registry.MustRegister(&booksCollector{
		books:     books,
		lightning: gauge("lightning", "Brought into channels by quotes, less what went out, in millisatoshi."),
		chain:     gauge("chain", "Brought into the wallet by quotes."),
		held:      gauge("held", "Came in for quotes that were neither used nor returned."),
		credit:    gauge("credit", "Owed to clients."),
		lost:      gauge("lost", "Undone by reorganisations of the chain."),
		income:    gauge("income", "Earned, by what was sold.", "what"),
	})
}

// Describe implements prometheus.Collector.
func (c *booksCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.lightning, c.chain, c.held, c.credit, c.lost, c.income} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Books that do not balance are an
// error of the scrape, which an operator's alarm sees.
func (c *booksCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	b, err := c.books(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.held, err)
		return
	}
	for _, g := range []struct {
		desc *prometheus.Desc
		msat int64
	}{{c.lightning, int64(b.Lightning)}, {c.chain, int64(b.OnChain)}, {c.held, int64(b.Held)}, {c.credit, int64(b.Credit)}, {c.lost, int64(b.Lost)}} {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(g.msat))
	}
	for _, what := range slices.Sorted(maps.Keys(b.Income)) {
		ch <- prometheus.MustNewConstMetric(c.income, prometheus.GaugeValue, float64(b.Income[what]), what)
	}
}
