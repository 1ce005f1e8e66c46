package voucher

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/assets"
	"cairn/assets/openassets"
	"cairn/assets/voucher/bearer"
	"cairn/assets/voucher/liability"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// What each role may do, by asking for all of it.
func TestRoles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, series, list := whole(t, d, plain(), 10)
		s, ctx := w.service, t.Context()
		_, accountant, err := s.AddStaff(ctx, w.owner, StaffDraft{Role: Accountant, Name: "Bo"})
		must(t, err)
		b := w.redeemed(list[0], 1)
		discard := &bytes.Buffer{}
		for name, x := range map[string]struct {
			do  func(Key) error
			may []Role
		}{
			"look in":       {func(k Key) error { _, err := s.Enter(ctx, k); return err }, []Role{Owner, Cashier, Accountant}},
			"list tills":    {func(k Key) error { _, err := s.Tills(ctx, k); return err }, []Role{Owner, Cashier, Accountant}},
			"list bookings": {func(k Key) error { _, err := s.Bookings(ctx, k, 0, 10); return err }, []Role{Owner, Cashier, Accountant}},
			"plan":          {func(k Key) error { _, err := s.Plan(ctx, k, list[0].Name, 1); return err }, []Role{Owner, Cashier}},
			"edit":          {func(k Key) error { _, err := s.EditShop(ctx, k, w.shop.ShopDraft); return err }, []Role{Owner}},
			"add a till":    {func(k Key) error { _, err := s.AddTill(ctx, k, "Till"); return err }, []Role{Owner}},
			"add staff": {func(k Key) error {
				_, _, err := s.AddStaff(ctx, k, StaffDraft{Role: Accountant, Name: "C"})
				return err
			}, []Role{Owner}},
			"add a series":  {func(k Key) error { _, err := s.CreateSeries(ctx, k, plain(), assets.ID{}); return err }, []Role{Owner}},
			"close it":      {func(k Key) error { return s.CloseSeries(ctx, k, series.ID) }, []Role{Owner}},
			"list staff":    {func(k Key) error { _, err := s.Staff(ctx, k); return err }, []Role{Owner, Accountant}},
			"list vouchers": {func(k Key) error { _, err := s.Vouchers(ctx, k, series.ID, 0, 10); return err }, []Role{Owner, Accountant}},
			"read the log":  {func(k Key) error { _, err := s.Log(ctx, k, 0, 10); return err }, []Role{Owner, Accountant}},
			"report":        {func(k Key) error { _, err := s.Report(ctx, k, w.clock, w.clock); return err }, []Role{Owner, Accountant}},
			"table":         {func(k Key) error { return s.CSV(ctx, k, w.clock, w.clock, discard) }, []Role{Owner, Accountant}},
		} {
			for role, key := range map[Role]Key{Owner: w.owner, Cashier: w.till, Accountant: accountant} {
				want := false
				for _, r := range x.may {
					want = want || r == role
				}
				if err := x.do(key); want && err != nil || !want && !errors.Is(err, ErrRole) {
					t.Errorf("%s, as %s: %v", name, role, err)
				}
			}
			if err := x.do(Key{9}); !errors.Is(err, ErrNotYours) {
				t.Errorf("%s, as nobody: %v", name, err)
			}
		}
		// A cashier undoes what his own till booked; the owner all.
		_, err = s.Undo(ctx, w.newTill("Till 9"), b.Number)
		isKind(t, err, ErrRole)
		_, err = s.Undo(ctx, accountant, b.Number)
		isKind(t, err, ErrRole)
		_, err = s.Undo(ctx, w.owner, b.Number)
		must(t, err)
		_, err = s.Undo(ctx, w.owner, b.Number+100)
		isKind(t, err, ErrBooking)

		// Keys and tills are taken back.
		must(t, s.RevokeTill(ctx, w.owner, 1))
		_, err = s.Enter(ctx, w.till)
		isKind(t, err, ErrRevoked)
		_, _, err = s.AddStaff(ctx, w.owner, StaffDraft{Role: Cashier, Name: "Late", Till: 1})
		isKind(t, err, ErrTerms)
		isKind(t, s.RevokeStaff(ctx, w.owner, 1), ErrLastOwner)
		_, second, err := s.AddStaff(ctx, w.owner, StaffDraft{Role: Owner, Name: "Di"})
		must(t, err)
		must(t, s.RevokeStaff(ctx, second, 1))
		must(t, s.RevokeStaff(ctx, second, 1))
		_, err = s.Enter(ctx, w.owner)
		isKind(t, err, ErrRevoked)
		isKind(t, s.RevokeStaff(ctx, second, 99), ErrShop)
	})
}

func TestShops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s, ctx := w.service, t.Context()
		good := ShopDraft{Slug: "flowers-2", Name: "花店", About: "We sell\nflowers.", Language: "zh-Hans", Undo: DefaultUndo}
		shop, key, err := s.CreateShop(ctx, good)
		must(t, err)
		if got, err := s.Shop(ctx, "flowers-2"); err != nil || got != shop {
			t.Fatalf("%+v, %v", got, err)
		}
		for name, x := range map[string]struct {
			change func(*ShopDraft)
			want   error
		}{
			"taken":       {func(d *ShopDraft) { d.Slug = "books" }, ErrTaken},
			"slug":        {func(d *ShopDraft) { d.Slug = "A b" }, ErrWords},
			"short":       {func(d *ShopDraft) { d.Slug = "ab" }, ErrWords},
			"hyphen":      {func(d *ShopDraft) { d.Slug = "-abc" }, ErrWords},
			"no name":     {func(d *ShopDraft) { d.Name = "" }, ErrWords},
			"long name":   {func(d *ShopDraft) { d.Name = strings.Repeat("x", 81) }, ErrWords},
			"bidi":        {func(d *ShopDraft) { d.Name = "a\u202eb" }, ErrWords},
			"broken name": {func(d *ShopDraft) { d.Name = "a\nb" }, ErrWords},
			"long undo":   {func(d *ShopDraft) { d.Undo = time.Hour }, ErrTerms},
			"language":    {func(d *ShopDraft) { d.Language = "x y" }, ErrWords},
		} {
			d := good
			d.Slug = "other"
			x.change(&d)
			if _, _, err := s.CreateShop(ctx, d); !errors.Is(err, x.want) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.EditShop(ctx, key, d); !errors.Is(err, x.want) {
				t.Errorf("%s, edited: %v", name, err)
			}
		}
		good.Slug, good.Name = "flowers", "Flowers"
		if got, err := s.EditShop(ctx, key, good); err != nil || got.Name != "Flowers" {
			t.Fatalf("%+v, %v", got, err)
		}
		_, err = s.Shop(ctx, "flowers-2")
		isKind(t, err, ErrShop)
		if key.String() != "secret" || len(key.Text()) != 32 {
			t.Error("a key is printed")
		}
	})
}

func TestSeriesRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s, ctx := w.service, t.Context()
		for name, change := range map[string]func(*SeriesDraft){
			"kind":            func(d *SeriesDraft) { d.Kind = "share" },
			"no units":        func(d *SeriesDraft) { d.Units = 0 },
			"too many units":  func(d *SeriesDraft) { d.Units = 1 << 60 },
			"too many stamps": func(d *SeriesDraft) { d.Kind, d.Units = Stamps, 101 },
			"decimals":        func(d *SeriesDraft) { d.Decimals = 9 },
			"rule":            func(d *SeriesDraft) { d.Expiry = "someday" },
			"past": func(d *SeriesDraft) {
				d.Expiry, d.ExpiresOn, d.Issuer = OnDate, w.clock.Add(-time.Hour), xOnlyOf(key("i"))
			},
			"no issuer":        func(d *SeriesDraft) { d.Expiry, d.Days = AfterDays, 5 },
			"days":             func(d *SeriesDraft) { d.Expiry, d.Days, d.Issuer = AfterDays, 0, xOnlyOf(key("i")) },
			"never, with days": func(d *SeriesDraft) { d.Days = 5 },
			"script":           func(d *SeriesDraft) { d.Return = make([]byte, 100) },
		} {
			d := plain()
			change(&d)
			if _, err := s.CreateSeries(ctx, w.owner, d, assets.ID{}); !errors.Is(err, ErrTerms) {
				t.Errorf("%s: %v", name, err)
			}
		}
		color, err := assets.NewID(assets.EPOBC, make([]byte, 32))
		must(t, err)
		_, err = s.CreateSeries(ctx, w.owner, plain(), color)
		isKind(t, err, ErrProtocol)

		series, err := s.CreateSeries(ctx, w.owner, plain(), assets.ID{})
		must(t, err)
		_, items := w.secrets(bearer.Terms{}, 1, 2, 3)
		register := func(items []Item) error {
			_, err := s.Register(ctx, w.owner, series.ID, items)
			return err
		}
		must(t, register(items[:2]))
		isKind(t, register(items[1:]), ErrKnown)
		isKind(t, register([]Item{items[2], items[2]}), ErrKnown)
		isKind(t, register(nil), ErrTooMany)
		isKind(t, register(make([]Item, 2_001)), ErrTooMany)
		bad := items[2]
		bad.Output.Terms = bearer.Terms{Expiry: 1_900_000_000, Issuer: xOnlyOf(key("i"))}
		isKind(t, register([]Item{bad}), ErrTerms)
		bad = items[2]
		bad.Output.Inner = [32]byte{31: 5}
		isKind(t, register([]Item{bad}), bearer.ErrKey)
		bad = items[2]
		bad.Units = -1
		isKind(t, register([]Item{bad}), ErrTerms)
		_, err = s.Register(ctx, w.owner, SeriesID{1}, items[2:])
		isKind(t, err, ErrSeries)
		must(t, s.CloseSeries(ctx, w.owner, series.ID))
		isKind(t, register(items[2:]), ErrSeries)
		got, err := s.Vouchers(ctx, w.owner, series.ID, 0, 10)
		must(t, err)
		if len(got) != 2 || got[1].Number != 2 || got[1].Units != 2 || got[1].State != Planned || got[1].Label != "No. 2" {
			t.Fatalf("%+v", got)
		}
		// An asset cannot change under vouchers that are in blocks.
		issued, _ := w.issued(plain(), 10)
		other := openassets.AssetID([]byte{1})
		w.mine(1)
		_, err = s.SetAsset(ctx, w.owner, issued.ID, other)
		isKind(t, err, ErrFixed)
		_, err = s.SetAsset(ctx, w.owner, issued.ID, issued.Asset)
		must(t, err)
	})
}

// The largest batch is taken at once, and listed.
func TestFullBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		series, err := w.service.CreateSeries(t.Context(), w.owner, plain(), assets.ID{})
		must(t, err)
		_, items := w.secrets(bearer.Terms{}, make([]int64, maxBatch)...)
		_, err = w.service.Register(t.Context(), w.owner, series.ID, items)
		must(t, err)
		list, err := w.service.Vouchers(t.Context(), w.owner, series.ID, 0, maxBatch)
		must(t, err)
		if len(list) != maxBatch || list[1_999].Number != 2_000 || list[1_999].Units != 10 {
			t.Fatalf("%d are listed", len(list))
		}
		after, err := w.service.Vouchers(t.Context(), w.owner, series.ID, 1_990, 100)
		must(t, err)
		sums, err := w.service.Sums(t.Context(), w.shop.ID)
		must(t, err)
		if len(after) != 10 || sums[series.ID].Planned != 20_000 || sums[series.ID].Vouchers != 2_000 {
			t.Fatalf("%d after 1,990; %+v", len(after), sums[series.ID])
		}
	})
}

// A coin that pays a voucher and holds no units of its asset is none.
func TestOtherCoins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _, list := whole(t, d, plain(), 10)
		script, err := list[0].Output.Script()
		must(t, err)
		_, err = w.chain.Faucet(t.Context(), script, 5_000)
		must(t, err)
		foreign := w.funds(50_000)[0]
		_, tx := w.issuing(foreign, []assets.Payment{{Script: script, Units: 99}})
		must(t, w.chain.Submit(tx))
		w.mine(1)
		w.is(list[0], Issued, 10)
		w.redeemed(list[0], 10)
		w.is(list[0], Booked, 0)
	})
}

func TestReports(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, series, list := whole(t, d, plain(), 10, 10, 10)
		ctx, s := t.Context(), w.service
		second := w.newTill("=cmd|' /C calc'!A0")
		today := w.clock
		w.redeemed(list[0], 4)
		w.redeemed(list[1], 1)
		undoing := w.redeemed(list[1], 2)
		_, err := s.Undo(ctx, w.till, undoing.Number)
		must(t, err)
		w.pass(24 * time.Hour)
		_, err = w.tryRedeem(second, list[2], 10)
		must(t, err)

		r, err := s.Report(ctx, w.owner, today, w.clock)
		must(t, err)
		type line struct {
			till, bookings int
			units, undone  int64
		}
		var got []line
		for _, l := range r.Lines {
			got = append(got, line{l.Till, l.Bookings, l.Units, l.Undone})
			if l.Series != series.ID || l.What != Redeeming {
				t.Errorf("%+v", l)
			}
		}
		if len(got) != 2 || got[0] != (line{1, 2, 5, 2}) || got[1] != (line{2, 1, 10, 0}) || !r.Lines[1].Day.After(r.Lines[0].Day) {
			t.Fatalf("%+v", got)
		}
		if len(r.Registered) != 1 || r.Registered[0].Units != 30 || r.Registered[0].Vouchers != 3 {
			t.Fatalf("%+v", r.Registered)
		}
		if sum := r.Sums[series.ID]; sum.Booked != 15 || sum.Outstanding != 15 || sum.Issued != 30 || sum.Vouchers != 3 {
			t.Fatalf("%+v", sum)
		}
		later, err := s.Report(ctx, w.owner, w.clock, w.clock)
		must(t, err)
		if len(later.Lines) != 1 || later.Lines[0].Till != 2 {
			t.Fatalf("%+v", later.Lines)
		}
		_, err = s.Report(ctx, w.owner, w.clock, today)
		isKind(t, err, ErrTerms)

		var table bytes.Buffer
		must(t, s.CSV(ctx, w.owner, today, w.clock, &table))
		rows, err := csv.NewReader(&table).ReadAll()
		must(t, err)
		if len(rows) != 5 || rows[3][8] != string(Undone) || rows[4][9] != "10" {
			t.Fatalf("%q", rows)
		}
		for _, row := range rows[1:] {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
					t.Errorf("%q is a formula", cell)
				}
			}
		}
		if rows[4][2] != "'=cmd|' /C calc'!A0" {
			t.Errorf("the till is %q", rows[4][2])
		}
		mine, err := s.Bookings(ctx, second, 0, 10)
		must(t, err)
		if len(mine) != 1 || mine[0].Till != 2 {
			t.Fatalf("a cashier sees %+v", mine)
		}
	})
}

// signer is the server's key.
type signer struct{}

func (signer) Key() [32]byte { return xOnlyOf(key("server")) }

func (signer) Sign(digest [32]byte) ([64]byte, error) {
	made, err := schnorr.Sign(key("server"), digest[:])
	if err != nil {
		return [64]byte{}, err
	}
	return [64]byte(made.Serialize()), nil
}

// Once a day what a shop owes is signed and notarised; anybody can check it.
func TestStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var stamped [][32]byte
		fail := true
		w := newWorld(t, d, func(w *world) {
			w.cfg.Signer = signer{}
			w.cfg.Stamp = func(_ context.Context, digest [32]byte) error {
				if fail {
					return errCrash
				}
				stamped = append(stamped, digest)
				return nil
			}
		})
		series, list := w.issued(plain(), 10, 10)
		w.mine(1)
		w.redeemed(list[0], 4)
		isKind(t, w.service.work(t.Context()), errCrash)
		fail = false
		w.restart()
		w.work()
		w.work()
		all, err := w.service.Statements(t.Context(), "books", 10)
		must(t, err)
		if len(all) != 1 || len(stamped) != 1 || all[0].StampedAt.IsZero() || stamped[0] != all[0].Digest || sha256.Sum256(all[0].File) != all[0].Digest {
			t.Fatalf("%d statements, %d stamps", len(all), len(stamped))
		}
		doc, err := liability.Read(all[0].File)
		must(t, err)
		if len(doc.Assets) != 1 || doc.Assets[0].Supply != 20 || doc.Assets[0].Outstanding != 20 || doc.Assets[0].Booked != 4 ||
			doc.Assets[0].Asset != series.Asset.Text(w.cfg.Network) || doc.Block.Height != all[0].Height || doc.Series[0].Outstanding != 16 {
			t.Fatalf("%s", all[0].File)
		}
		hash, err := w.ledger.Hash(t.Context(), assets.OpenAssets, doc.Block.Height)
		must(t, err)
		if doc.Assets[0].Ledger != hex.EncodeToString(hash[:]) {
			t.Errorf("the ledger's hash is %s", doc.Assets[0].Ledger)
		}
		if doc.Key != (signer{}).Key() || doc.Digest != all[0].Digest {
			t.Error("it is signed by somebody else")
		}
		w.pass(24 * time.Hour)
		w.work()
		if all, err = w.service.Statements(t.Context(), "books", 10); err != nil || len(all) != 2 {
			t.Fatalf("%d statements, %v", len(all), err)
		}
		one, err := w.service.StatementOf(t.Context(), "books", all[1].Day)
		must(t, err)
		if one.Digest != all[1].Digest {
			t.Error("it is another day's")
		}
		_, err = w.service.StatementOf(t.Context(), "books", w.clock.AddDate(0, 0, 5))
		isKind(t, err, ErrStatement)
	})
}

func TestReadList(t *testing.T) {
	for name, x := range map[string]struct {
		text string
		want []Item
		kind error
	}{
		"heading":       {"label,units,note\nAda,5,VIP\nBo,,\n", []Item{{Label: "Ada", Units: 5, Note: "VIP"}, {Label: "Bo"}}, nil},
		"semicolons":    {"Ada;5\nBo;6", []Item{{Label: "Ada", Units: 5}, {Label: "Bo", Units: 6}}, nil},
		"tabs":          {"Ada\t5\tx, y\n", []Item{{Label: "Ada", Units: 5, Note: "x, y"}}, nil},
		"excel":         {"\ufeffLabel,Units\r\n\"Ada, the first\", 7 \r\n", []Item{{Label: "Ada, the first", Units: 7}}, nil},
		"one column":    {"Ada\nBo", []Item{{Label: "Ada"}, {Label: "Bo"}}, nil},
		"empty":         {"", nil, ErrList},
		"heading alone": {"label,units\n", nil, ErrList},
		"no number":     {"Ada,five", nil, ErrList},
		"zero":          {"Ada,0", nil, ErrList},
		"below zero":    {"Ada,-1", nil, ErrList},
		"huge":          {"Ada,99999999999999999999", nil, ErrList},
		"columns":       {"a,1,b,c", nil, ErrList},
		"quotes":        {"\"a", nil, ErrList},
		"long label":    {strings.Repeat("x", 81) + ",1", nil, ErrWords},
		"many":          {strings.Repeat("x\n", 2_001), nil, ErrTooMany},
		"large":         {strings.Repeat("x", 1<<20+1), nil, ErrTooMany},
	} {
		got, err := ReadList(strings.NewReader(x.text))
		if !errors.Is(err, x.kind) || len(got) != len(x.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		for i := range got {
			if got[i] != x.want[i] {
				t.Errorf("%s: %+v", name, got[i])
			}
		}
	}
}

func FuzzReadList(f *testing.F) {
	f.Add("label,units,note\nAda,5,VIP\n")
	f.Add("Ada;5\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadList(strings.NewReader(text))
		if err == nil && (len(list) < 1 || len(list) > maxBatch) {
			t.Fatalf("%d vouchers", len(list))
		}
	})
}
