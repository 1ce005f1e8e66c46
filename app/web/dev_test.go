package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"cairn/chain"
	"cairn/notary"
)

// TestMain serves the pages over the fake notary instead of running tests when
// CAIRN_WEB_DEV names an address: for working on pages, and for the browser
// journeys of app/e2e without a whole Cairn. Proofs move on every
// CAIRN_WEB_STEP (default 2s).
func TestMain(m *testing.M) {
	address := os.Getenv("CAIRN_WEB_DEV")
	if address == "" {
		code := m.Run()
		os.RemoveAll(accountsDir()) //nolint:errcheck // the system cleans up after us
		os.Exit(code)
	}
	if err := serveDev(address); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveDev(address string) error {
	step, err := time.ParseDuration(os.Getenv("CAIRN_WEB_STEP"))
	if err != nil {
		step = 2 * time.Second
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	needed := int32(1)
	if os.Getenv("CAIRN_WEB_NEEDED") != "" {
		fmt.Sscan(os.Getenv("CAIRN_WEB_NEEDED"), &needed)
	}
	n := newFakeNotary(time.Now, needed)
	e := &fakeEngine{chain.EngineStatus{Phase: chain.EngineReady, Since: time.Now(), Height: 100, Version: "0.21.3-beta"}}
	deps := Deps{
		Notary: n, Calendar: fakeCalendar, API: fakeAPIDeps(n), Engine: e, Headers: n, Demo: n,
		Log:    newFakeLog(n),
		Finder: n, TSA: fakeTSA{n},
	}
	withAccounts(&deps, n, "http://"+listener.Addr().String(), time.Now)
	withOperator(&deps, &fakeOperators{}, n, e, time.Now)
	withLightning(&deps, time.Now)
	deps.Five = newFakeFive()
	withCreators(&deps, n, time.Now)
	withCampaigns(&deps, n, time.Now)
	withLNURL(&deps)
	till := withTill(&deps, time.Now)
	fast := withExpress(&deps, n, till)
	withTickets(&deps, till, time.Now)
	withWallets(&deps)
	withGuard(&deps)
	withReceipts(&deps)
	withAssetDesk(&deps, time.Now)
	withExplorer(&deps)
	withVouchers(&deps, time.Now)
	go withPayouts(&deps, till, time.Now).Run(context.Background())
	s := New(Config{
		PublicURL: "http://" + listener.Addr().String(), Network: chain.Devnet, BlockInterval: 5 * time.Second,
		Version: "dev", Now: time.Now, Rand: rand.Reader, Log: slog.Default(),
	}, deps)
	till.sell(s)
	go till.Run(context.Background())
	go fast.deliver(context.Background(), step)
	go till.deliver(context.Background(), 2*step)
	if q, err := till.sold(context.Background(), notary.Digest{42}.String(), ""); err == nil {
		fmt.Println("http://" + listener.Addr().String() + payPath(q.ID))
	}
	go func() {
		for range time.Tick(step) {
			n.advance()
		}
	}()
	fmt.Println("http://" + listener.Addr().String())
	return s.HTTP().Serve(listener)
}
