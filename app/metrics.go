package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"cairn/chain"
	"cairn/notary"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what Prometheus sees, on its own loopback listener.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "cairn_http_request_seconds",
			Help:    "Time to answer a request to the site, by status code and method.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5},
		}, []string{"code", "method"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// instrument times every request of a handler.
func (m *metrics) instrument(h http.Handler) http.Handler {
	return promhttp.InstrumentHandlerDuration(m.requests, h)
}

// gauge registers a figure that is read when Prometheus asks.
func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// watchEngine shows the node: 1 when ready, and how often it was restarted.
func (m *metrics) watchEngine(status func() chain.EngineStatus) {
	m.gauge("cairn_engine_ready", "1 when the node can fund, sign and pay.", func() float64 {
		if status().Ready() {
			return 1
		}
		return 0
	})
	m.gauge("cairn_engine_restarts", "How often the node had to be started again.", func() float64 { return float64(status().Restarts) })
	m.gauge("cairn_engine_height", "Best block the node knows.", func() float64 { return float64(status().Height) })
}

// watchTip shows the follower.
func (m *metrics) watchTip(tip func() chain.BlockRef) {
	m.gauge("cairn_follower_height", "Last block handed to every projection.", func() float64 { return float64(tip().Height) })
}

// notaryCollector reads the calendar's status once per scrape.
type notaryCollector struct {
	status                         func(context.Context) (notary.Status, error)
	digests, pending, paused, anch *prometheus.Desc
}

// watchNotary shows the calendar.
func (m *metrics) watchNotary(status func(context.Context) (notary.Status, error)) {
	m.registry.MustRegister(&notaryCollector{
		status:  status,
		digests: prometheus.NewDesc("cairn_notary_digests_total", "Digests ever acknowledged.", nil, nil),
		pending: prometheus.NewDesc("cairn_notary_pending_commitments", "Commitments waiting for an anchor.", nil, nil),
		paused:  prometheus.NewDesc("cairn_notary_paused", "1 when no anchor can be made.", nil, nil),
		anch:    prometheus.NewDesc("cairn_notary_latest_anchor_height", "Block of the newest confirmed anchor.", nil, nil),
	})
}

// Describe implements prometheus.Collector.
func (c *notaryCollector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c *notaryCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s, err := c.status(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.pending, err)
		return
	}
	paused, height := 0.0, 0.0
	if s.Paused != "" {
		paused = 1
	}
	if s.Latest != nil {
		height = float64(s.Latest.Block.Height)
	}
	ch <- prometheus.MustNewConstMetric(c.digests, prometheus.CounterValue, float64(s.Digests))
	ch <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, float64(s.Pending))
	ch <- prometheus.MustNewConstMetric(c.paused, prometheus.GaugeValue, paused)
	ch <- prometheus.MustNewConstMetric(c.anch, prometheus.GaugeValue, height)
}

// serve answers GET /metrics, and Go's own profiles, on ln until ctx ends.
func (m *metrics) serve(ctx context.Context, ln net.Listener, log *slog.Logger) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandling: promhttp.ContinueOnError,
	}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(ln); ctx.Err() == nil {
		return err
	}
	return nil
}
