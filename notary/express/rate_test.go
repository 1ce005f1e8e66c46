package express

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"cairn/chain"
)

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer, failure := chain.SatPerVByte(7), error(nil)
		ask := func(_ context.Context, target int32) (chain.FeeRate, error) {
			if target != TargetBlocks {
				t.Errorf("asked for %d blocks", target)
			}
			return answer, failure
		}
		rates := NewRates(ask, chain.SatPerVByte(50), time.Now, slog.New(slog.DiscardHandler))
		if _, err := rates.NextBlock(); !errors.Is(err, ErrNoRate) {
			t.Errorf("before the first answer: %v", err)
		}
		ctx, stop := context.WithCancel(t.Context())
		go rates.Run(ctx)
		synctest.Wait()
		if rate, err := rates.NextBlock(); rate != chain.SatPerVByte(7) || err != nil {
			t.Errorf("%d, %v", rate, err)
		}
		answer = chain.SatPerVByte(50)
		time.Sleep(rateEvery + time.Second)
		if _, err := rates.NextBlock(); !errors.Is(err, ErrDear) {
			t.Errorf("at the cap: %v", err)
		}
		answer, failure = chain.SatPerVByte(7), chain.ErrEngineDown
		time.Sleep(rateFresh + rateEvery)
		if _, err := rates.NextBlock(); !errors.Is(err, ErrNoRate) {
			t.Errorf("an old estimate: %v", err)
		}
		failure = nil
		time.Sleep(retryEvery)
		synctest.Wait()
		if _, err := rates.NextBlock(); err != nil {
			t.Errorf("the node is back: %v", err)
		}
		stop()
		synctest.Wait()
	})
}
