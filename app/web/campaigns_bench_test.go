package web

import (
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/chain/coins"
	"cairn/chain/devnet"
	following "cairn/chain/follow"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/pledges"
	"cairn/notary/calendar/calendartest"
	"cairn/templates/campaign"

	"gorm.io/gorm"
)

// benchPledges is what one transaction can hold, nearly.
const benchPledges = 1700

// BenchmarkCampaignHTTP asks for the page of a campaign with 1,700 pledges, as
// browsers do, over loopback on 64 connections; the load generator runs in the
// same process. Target on 2 cores: ≥ 1,000/s, ≤ 50 KB.
func BenchmarkCampaignHTTP(b *testing.B) {
	dbtest.EachBench(b, func(b *testing.B, d *db.DB) {
		addr, path := benchCampaign(b, d)
		var left, size atomic.Int64
		left.Store(int64(b.N))
		b.ReportAllocs()
		cpu := calendartest.CPU()
		b.ResetTimer()
		times, err := calendartest.Load(addr, benchConnections, func(c *calendartest.Client, _ *mathrand.Rand) (bool, error) {
			if left.Add(-1) < 0 {
				return false, nil
			}
			page, err := c.GetWith(path, "Accept-Encoding: gzip\r\n")
			size.Store(int64(len(page)))
			return true, err
		})
		b.StopTimer()
		cpu = calendartest.CPU() - cpu
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
		b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/page")
		b.ReportMetric(calendartest.Percentile(times, 50), "p50-ms")
		b.ReportMetric(calendartest.Percentile(times, 99), "p99-ms")
		b.ReportMetric(float64(size.Load()), "bytes/page")
	})
}

// The benchmark's page is what it says it is: the real services' campaign, with
// all its pledges counted.
func TestBenchCampaign(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		addr, path := benchCampaign(t, d)
		_, err := calendartest.Load(addr, 1, func(c *calendartest.Client, _ *mathrand.Rand) (bool, error) {
			page, err := c.GetWith(path, "")
			if err != nil {
				return false, err
			}
			for _, text := range []string{"A path over the north ridge", "All 1,700 backers", "85% confirmed", "Backer 1699"} {
				if !strings.Contains(string(page), text) {
					t.Errorf("the page lacks %q", text)
				}
			}
			return false, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// benchCampaign serves a campaign with its pledges, over the real services,
// until the benchmark ends.
func benchCampaign(tb testing.TB, d *db.DB) (addr, path string) {
	tb.Helper()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	chained, err := devnet.Open(devnet.Config{Dir: tb.TempDir()})
	must(err)
	tb.Cleanup(func() { chained.Close() })
	written, err := campaigns.New(campaigns.Config{
		DB: d, Network: chain.Devnet, BlockInterval: blockInterval, Secret: [32]byte{1}, Now: time.Now, Rand: rand.Reader,
	})
	must(err)
	taken, err := pledges.New(pledges.Config{
		DB: d, Campaigns: written, Coins: coins.Devnet{Chain: chained}, Secret: [32]byte{1}, Rand: rand.Reader, Now: time.Now,
	})
	must(err)
	follower := following.New(d, chained, following.Config{StartHeight: -1}, following.Watched{}, taken.Projection(), campaigns.Projection{})
	must(follower.CatchUp(tb.Context()))
	_, err = chained.Mine(101)
	must(err)
	must(follower.CatchUp(tb.Context()))

	sample := campaign.Samples(time.Now())[0].View.Campaign
	sample.Text.Story = strings.Repeat("The old path fell into the river **two winters ago**, and the way to school is an hour longer.\n\n", 40)
	sample.Text.Risks = "An early winter closes the quarry."
	got, key, err := written.Create(tb.Context(), campaigns.Draft{
		Text: sample.Text, Creator: sample.Creator, Language: "en", Category: "community", DeadlineIn: 1000,
		Levels: []campaigns.Level{{Beneficiaries: []lighthouse.Beneficiary{{Name: "North Ridge Friends", Address: "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", Amount: 19_900_000}}, Reserve: 100_000}},
	})
	must(err)
	_, err = written.Open(tb.Context(), key)
	must(err)
	for i := range 12 {
		_, err = written.Post(tb.Context(), key, "News", strings.Repeat("We go on. ", i+20))
		must(err)
		_, err = written.Comment(tb.Context(), got.ID, campaigns.Words{Name: "Mira", Text: strings.Repeat("Well done. ", i+10)})
		must(err)
	}
	must(d.Transact(tb.Context(), func(tx *gorm.DB) error { return putPledges(tx, got.ID, follower.Tip()) }))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	n := newFakeNotary(time.Now, 6)
	s := New(Config{
		PublicURL: "http://" + listener.Addr().String(), Network: chain.Mainnet,
		Version: "bench", Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}, Deps{
		Notary: n, Calendar: fakeCalendar, Headers: n, Engine: &fakeEngine{chain.EngineStatus{Phase: chain.EngineReady}},
		Campaigns: &CampaignDeps{Campaigns: written, Backing: taken},
	})
	server := s.HTTP()
	go server.Serve(listener) //nolint:errcheck
	tb.Cleanup(func() { server.Close(); s.Close() })
	return listener.Addr().String(), campaign.Path(got.ID)
}

// putPledges stores 1,700 confirmed pledges of 10,000 sat: making and signing as
// many coins would take longer than the benchmark.
func putPledges(tx *gorm.DB, id lighthouse.ID, tip chain.BlockRef) error {
	unique := func(i, size int) []byte {
		raw := make([]byte, size)
		binary.BigEndian.PutUint32(raw, uint32(i+1))
		return raw
	}
	budget := contract.P2TR.Budget()
	for i := range benchPledges {
		err := tx.Table("pledges").Create(map[string]any{
			"id": unique(i, 16), "campaign": id[:], "outpoint": unique(i, 36), "key_hash": unique(i, 32), "proof": unique(i, 32),
			"value_sat": 10_000, "script": append([]byte{0x51, 0x20}, unique(i, 32)...), "kind": string(contract.P2TR), "weight": budget,
			"goal": true, "firm": false, "levels": 1, "name": "Backer " + strconv.Itoa(i), "message": "Good luck!", "door": string(lighthouse.ByWallet), "client": "",
			"made_at": time.Now().Unix(), "made_height": tip.Height, "state": string(lighthouse.Confirmed), "height": tip.Height, "block_hash": tip.Hash[:],
		}).Error
		if err != nil {
			return err
		}
	}
	return tx.Table("campaign_totals").Create(map[string]any{
		"campaign": id[:], "confirmed": 10_000 * benchPledges, "backers": benchPledges, "firm": 0, "firm_backers": 0, "pending": 0, "pending_backers": 0,
		"revoked": 0, "revoked_backers": 0, "taken": 0, "taken_backers": 0, "matched": 0, "matches": 0,
		"weight": budget * benchPledges, "stored": budget * benchPledges, "version": 1, "checked_height": tip.Height,
	}).Error
}
