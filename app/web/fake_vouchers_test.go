package web

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"cairn/assets"
	"cairn/assets/voucher"
	"cairn/assets/voucher/bearer"
	"cairn/chain"

	"github.com/btcsuite/btcd/wire"
)

// fakeShops has one shop, which every key opens, with a series in each of several
// states. What is redeemed stays so; signatures are not looked at, which the books'
// own tests do.
type fakeShops struct {
	now func() time.Time

	mu       sync.Mutex
	shop     voucher.Shop
	role     voucher.Role
	series   []voucher.Series
	vouchers map[bearer.Name]*fakeVoucher
	order    []bearer.Name
	staff    []voucher.Staff
	tills    []voucher.Till
	booked   map[voucher.RequestID]voucher.Booking
	log      []voucher.Entry
	// down makes everything fail, as a database that is away.
	down error
}

type fakeVoucher struct {
	voucher.Voucher
	series int
}

func withVouchers(deps *Deps, now func() time.Time) *fakeShops {
	f := newFakeShops(now)
	deps.Vouchers = &VoucherDeps{Shops: f}
	return f
}

// fakeSecret is that of the n-th voucher; the page of the first is linked by dev.
func fakeSecret(n int) bearer.Secret { return bearer.Secret{31: byte(n + 1)} }

func newFakeShops(now func() time.Time) *fakeShops {
	f := &fakeShops{now: now, role: voucher.Owner, vouchers: map[bearer.Name]*fakeVoucher{}, booked: map[voucher.RequestID]voucher.Booking{}}
	f.shop = voucher.Shop{
		ID: voucher.ShopID{1}, CreatedAt: now().AddDate(0, -2, 0),
		ShopDraft: voucher.ShopDraft{Slug: "corner-bookshop", Name: "The Corner Bookshop", Contact: "Mill Lane 4, Bern", About: "New and old books since 1987.", Language: "en", Undo: time.Minute},
	}
	f.tills = []voucher.Till{{Number: 1, Name: "Front", CreatedAt: f.shop.CreatedAt}}
	f.staff = []voucher.Staff{
		{Number: 1, Role: voucher.Owner, Name: "Anna", CreatedAt: f.shop.CreatedAt},
		{Number: 2, Role: voucher.Cashier, Name: "Ben", Till: 1, CreatedAt: f.shop.CreatedAt},
		{Number: 3, Role: voucher.Accountant, Name: "Chen", CreatedAt: f.shop.CreatedAt, RevokedAt: now().AddDate(0, 0, -3)},
	}
	asset, err := assets.NewID(assets.OpenAssets, make([]byte, 20))
	if err != nil {
		panic(err)
	}
	add := func(d voucher.SeriesDraft, age time.Duration, count int, state func(i int) (voucher.State, int64)) {
		series := voucher.Series{ID: voucher.SeriesID{byte(len(f.series) + 1)}, Shop: f.shop.ID, SeriesDraft: d, Asset: asset, CreatedAt: now().Add(-age)}
		f.series = append(f.series, series)
		for i := range count {
			out, err := fakeSecret(len(f.order)).Output(bearer.Terms{})
			if err != nil {
				panic(err)
			}
			script, err := out.Script()
			if err != nil {
				panic(err)
			}
			name := bearer.NameOf(script)
			s, left := state(i)
			f.vouchers[name] = &fakeVoucher{series: len(f.series) - 1, Voucher: voucher.Voucher{
				Name: name, Number: i + 1, Label: fmt.Sprintf("%s %d", d.Name, i+1), Units: d.Units, Output: out, State: s, Left: left,
			}}
			f.order = append(f.order, name)
		}
	}
	const day = 24 * time.Hour
	add(voucher.SeriesDraft{
		Kind: voucher.Whole, Name: "MasterBTC", Worth: "One copy of Mastering Bitcoin", Units: 1, Design: `{"colour":"moss","picture":"book"}`, Expiry: voucher.Never, Claims: true,
	}, 40*day, 20, func(i int) (voucher.State, int64) {
		switch {
		case i >= 14:
			return voucher.Redeemed, 0
		case i >= 12:
			return voucher.Claimed, 0
		}
		return voucher.Issued, 1
	})
	add(voucher.SeriesDraft{
		Kind: voucher.Stamps, Name: "Ten coffees", Worth: "Ten coffees, any size", Units: 10, Design: `{"colour":"brick","picture":"cup","line":"One is on the house"}`,
		Expiry: voucher.AfterDays, Days: 365, Claims: true,
	}, 20*day, 12, func(i int) (voucher.State, int64) { return voucher.Part, int64(10 - i%4) })
	add(voucher.SeriesDraft{
		Kind: voucher.Value, Name: "Gift card", Worth: "Anything in the shop", Unit: "CHF", Decimals: 2, Units: 5000, Design: `{"colour":"plum","picture":"heart"}`, Expiry: voucher.Never,
	}, time.Hour, 8, func(int) (voucher.State, int64) { return voucher.Planned, 5000 })
	add(voucher.SeriesDraft{
		Kind: voucher.Whole, Name: "Spring", Worth: "One bunch of flowers", Units: 1, Design: `{"colour":"sun","picture":"flower"}`, Expiry: voucher.AfterDays, Days: 30,
	}, 60*day, 10, func(i int) (voucher.State, int64) {
		if i < 7 {
			return voucher.Redeemed, 0
		}
		return voucher.Expired, 1
	})
	for i := range 40 {
		f.log = append(f.log, voucher.Entry{
			Number: int64(40 - i), At: now().Add(-time.Duration(i*i) * time.Hour), What: voucher.EventRedeemed, Staff: 2, Till: 1, Name: f.order[i%20], Series: f.series[i%2].ID, Units: 1,
		})
	}
	f.log[3].What, f.log[9].What = voucher.EventUncovered, voucher.EventConflict
	return f
}

func (f *fakeShops) who() voucher.Desk {
	who := voucher.Desk{Shop: f.shop, Staff: f.staff[0]}
	who.Staff.Role = f.role
	if f.role == voucher.Cashier {
		who.Staff, who.Till = f.staff[1], f.tills[0]
	}
	return who
}

func (f *fakeShops) lock() error {
	f.mu.Lock()
	return f.down
}

func (f *fakeShops) CreateShop(_ context.Context, d voucher.ShopDraft) (voucher.Shop, voucher.Key, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return f.shop, voucher.Key{}, err
	}
	if d.Name == "" {
		return f.shop, voucher.Key{}, voucher.ErrWords
	}
	if d.Slug == f.shop.Slug {
		return f.shop, voucher.Key{}, voucher.ErrTaken
	}
	f.shop.ShopDraft = d
	return f.shop, voucher.Key{7}, nil
}

func (f *fakeShops) EditShop(_ context.Context, _ voucher.Key, d voucher.ShopDraft) (voucher.Shop, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return f.shop, err
	}
	if d.Name == "" {
		return f.shop, voucher.ErrWords
	}
	f.shop.ShopDraft = d
	return f.shop, nil
}

func (f *fakeShops) Shop(_ context.Context, slug string) (voucher.Shop, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return f.shop, err
	}
	if slug != f.shop.Slug {
		return voucher.Shop{}, voucher.ErrShop
	}
	return f.shop, nil
}

func (f *fakeShops) Enter(_ context.Context, key voucher.Key) (voucher.Desk, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Desk{}, err
	}
	if key == (voucher.Key{}) {
		return voucher.Desk{}, voucher.ErrNotYours
	}
	return f.who(), nil
}

func (f *fakeShops) AddTill(_ context.Context, _ voucher.Key, name string) (voucher.Till, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Till{}, err
	}
	f.tills = append(f.tills, voucher.Till{Number: len(f.tills) + 1, Name: name, CreatedAt: f.now()})
	return f.tills[len(f.tills)-1], nil
}

func (f *fakeShops) Tills(context.Context, voucher.Key) ([]voucher.Till, error) {
	defer f.mu.Unlock()
	return slices.Clone(f.tills), f.lock()
}

func (f *fakeShops) AddStaff(_ context.Context, _ voucher.Key, d voucher.StaffDraft) (voucher.Staff, voucher.Key, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Staff{}, voucher.Key{}, err
	}
	if d.Name == "" {
		return voucher.Staff{}, voucher.Key{}, voucher.ErrWords
	}
	f.staff = append(f.staff, voucher.Staff{Number: len(f.staff) + 1, Role: d.Role, Name: d.Name, Till: d.Till, CreatedAt: f.now()})
	return f.staff[len(f.staff)-1], voucher.Key{8}, nil
}

func (f *fakeShops) RevokeStaff(_ context.Context, _ voucher.Key, number int) error {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return err
	}
	switch {
	case number < 1 || number > len(f.staff):
		return voucher.ErrShop
	case number == 1:
		return voucher.ErrLastOwner
	}
	f.staff[number-1].RevokedAt = f.now()
	return nil
}

func (f *fakeShops) Staff(context.Context, voucher.Key) ([]voucher.Staff, error) {
	defer f.mu.Unlock()
	return slices.Clone(f.staff), f.lock()
}

func (f *fakeShops) CreateSeries(_ context.Context, _ voucher.Key, d voucher.SeriesDraft, asset assets.ID) (voucher.Series, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Series{}, err
	}
	if d.Name == "" || d.Worth == "" {
		return voucher.Series{}, voucher.ErrWords
	}
	made := voucher.Series{ID: voucher.SeriesID{byte(len(f.series) + 1)}, Shop: f.shop.ID, SeriesDraft: d, Asset: asset, CreatedAt: f.now()}
	f.series = append(f.series, made)
	return made, nil
}

func (f *fakeShops) SetAsset(_ context.Context, _ voucher.Key, id voucher.SeriesID, asset assets.ID) (voucher.Series, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Series{}, err
	}
	for i := range f.series {
		if f.series[i].ID == id {
			f.series[i].Asset = asset
			return f.series[i], nil
		}
	}
	return voucher.Series{}, voucher.ErrSeries
}

func (f *fakeShops) Series(_ context.Context, id voucher.SeriesID) (voucher.Series, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Series{}, err
	}
	for _, one := range f.series {
		if one.ID == id {
			return one, nil
		}
	}
	return voucher.Series{}, voucher.ErrSeries
}

func (f *fakeShops) SeriesOf(context.Context, voucher.ShopID) ([]voucher.Series, error) {
	defer f.mu.Unlock()
	return slices.Clone(f.series), f.lock()
}

func (f *fakeShops) Waiting(context.Context, voucher.Key, voucher.SeriesID) ([]string, error) {
	defer f.mu.Unlock()
	return nil, f.lock()
}

func (f *fakeShops) RegisterFor(_ context.Context, _ voucher.Key, _ voucher.SeriesID, items []voucher.Item, _ string) ([]voucher.Voucher, error) {
	defer f.mu.Unlock()
	return make([]voucher.Voucher, len(items)), f.lock()
}

func (f *fakeShops) find(name bearer.Name) (*fakeVoucher, error) {
	one, ok := f.vouchers[name]
	if !ok {
		return nil, voucher.ErrUnknown
	}
	return one, nil
}

// Money implements Shops: the first voucher has some.
func (f *fakeShops) Money(_ context.Context, name bearer.Name) ([]voucher.Money, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return nil, err
	}
	if _, err := f.find(name); err != nil || name != f.order[0] {
		return nil, err
	}
	return []voucher.Money{{OutPoint: wire.OutPoint{Index: 3}, Value: 2_500}}, nil
}

func (f *fakeShops) NamesAt(_ context.Context, scripts [][]byte) (map[string]bearer.Name, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return nil, err
	}
	out := map[string]bearer.Name{}
	for _, script := range scripts {
		if name := bearer.NameOf(script); f.vouchers[name] != nil {
			out[string(script)] = name
		}
	}
	return out, nil
}

func (f *fakeShops) Look(_ context.Context, name bearer.Name) (voucher.Info, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Info{}, err
	}
	one, err := f.find(name)
	if err != nil {
		return voucher.Info{}, err
	}
	info := voucher.Info{Name: name, Shop: f.shop, Series: f.series[one.series], State: one.State, Units: one.Units, Left: one.Left, Output: one.Output}
	if at := info.Series.ExpiryAt(info.Series.CreatedAt); at != 0 {
		info.Expires = time.Unix(int64(at), 0)
	}
	return info, nil
}

func (f *fakeShops) plan(name bearer.Name, units int64) (voucher.Plan, error) {
	one, err := f.find(name)
	switch {
	case err != nil:
		return voucher.Plan{}, err
	case one.Left == 0:
		return voucher.Plan{}, voucher.ErrRedeemed
	case units < 1 || units > one.Left:
		return voucher.Plan{}, voucher.ErrInsufficient
	}
	coin := bearer.Coin{OutPoint: wire.OutPoint{Hash: [32]byte{5}}, Value: 600, Output: one.Output}
	tx, err := bearer.Unsigned(coin, []*wire.TxOut{wire.NewTxOut(0, []byte{0x6a})}, false)
	return voucher.Plan{Name: name, Coin: coin, Units: units, Left: one.Left - units, Unsigned: tx}, err
}

func (f *fakeShops) Plan(_ context.Context, _ voucher.Key, name bearer.Name, units int64) (voucher.Plan, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Plan{}, err
	}
	return f.plan(name, units)
}

func (f *fakeShops) Redeem(_ context.Context, _ voucher.Key, r voucher.Redemption) (voucher.Booking, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Booking{}, err
	}
	if had, ok := f.booked[r.Request]; ok {
		return had, nil
	}
	p, err := f.plan(r.Name, r.Units)
	if err != nil {
		return voucher.Booking{}, err
	}
	if _, err := bearer.Signed(r.Signed, p.Unsigned, p.Coin); err != nil {
		return voucher.Booking{}, err
	}
	one := f.vouchers[r.Name]
	one.Left -= r.Units
	b := voucher.Booking{
		Number: int64(len(f.booked) + 1), Name: r.Name, What: voucher.Redeeming, Stage: voucher.Undoable, Units: r.Units, Left: one.Left, At: f.now(),
		UndoUntil: f.now().Add(f.shop.Undo), Series: f.series[one.series].ID,
	}
	f.booked[r.Request] = b
	return b, nil
}

func (f *fakeShops) Bookings(_ context.Context, _ voucher.Key, _ int64, limit int) ([]voucher.Booking, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return nil, err
	}
	list := slices.SortedFunc(maps.Values(f.booked), func(a, b voucher.Booking) int { return cmp.Compare(b.Number, a.Number) })
	return list[:min(limit, len(list))], nil
}

func (f *fakeShops) Undo(_ context.Context, _ voucher.Key, number int64) (voucher.Booking, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Booking{}, err
	}
	for id, b := range f.booked {
		if b.Number != number {
			continue
		}
		if b.Stage != voucher.Undone {
			f.vouchers[b.Name].Left += b.Units
		}
		b.Stage = voucher.Undone
		f.booked[id] = b
		return b, nil
	}
	return voucher.Booking{}, voucher.ErrBooking
}

func (f *fakeShops) PlanClaim(_ context.Context, name bearer.Name, script []byte) (voucher.Plan, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Plan{}, err
	}
	if len(script) == 0 {
		return voucher.Plan{}, voucher.ErrTerms
	}
	return f.plan(name, 1)
}

func (f *fakeShops) Claim(_ context.Context, name bearer.Name, _, _ []byte) (voucher.Booking, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Booking{}, err
	}
	one, err := f.find(name)
	if err != nil {
		return voucher.Booking{}, err
	}
	b := voucher.Booking{What: voucher.Claiming, Units: one.Left}
	one.Left, one.State = 0, voucher.Claimed
	return b, nil
}

func (f *fakeShops) Reclaims(context.Context, voucher.Key, voucher.SeriesID) ([]voucher.Plan, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return nil, err
	}
	return nil, voucher.ErrNotExpired
}

func (f *fakeShops) Reclaim(context.Context, voucher.Key, bearer.Name, []byte) (voucher.Booking, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Booking{}, err
	}
	return voucher.Booking{}, voucher.ErrNotExpired
}

func (f *fakeShops) Vouchers(_ context.Context, _ voucher.Key, id voucher.SeriesID, after, limit int) ([]voucher.Voucher, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return nil, err
	}
	var out []voucher.Voucher
	for _, name := range f.order {
		if one := f.vouchers[name]; f.series[one.series].ID == id && one.Number > after && len(out) < limit {
			out = append(out, one.Voucher)
		}
	}
	return out, nil
}

func (f *fakeShops) sums() map[voucher.SeriesID]voucher.Sums {
	out := map[voucher.SeriesID]voucher.Sums{}
	for _, name := range f.order {
		one := f.vouchers[name]
		id := f.series[one.series].ID
		sums := out[id]
		sums.Vouchers++
		switch one.State {
		case voucher.Planned:
			sums.Planned += one.Units
		case voucher.Claimed:
			sums.Claimed += one.Units
		case voucher.Expired:
			sums.Expired += one.Left
		default:
			sums.Outstanding += one.Left
			sums.Redeemed += one.Units - one.Left
		}
		if one.State != voucher.Planned {
			sums.Issued += one.Units
		}
		out[id] = sums
	}
	return out
}

func (f *fakeShops) Sums(context.Context, voucher.ShopID) (map[voucher.SeriesID]voucher.Sums, error) {
	defer f.mu.Unlock()
	return f.sums(), f.lock()
}

func (f *fakeShops) Log(_ context.Context, _ voucher.Key, before int64, limit int) ([]voucher.Entry, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return nil, err
	}
	var out []voucher.Entry
	for _, e := range f.log {
		if (before == 0 || e.Number < before) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (f *fakeShops) Allowance(context.Context, voucher.Key) (voucher.Allowance, error) {
	defer f.mu.Unlock()
	return voucher.Allowance{Free: true}, f.lock()
}

func (f *fakeShops) Report(_ context.Context, _ voucher.Key, from, to time.Time) (voucher.Report, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Report{}, err
	}
	out := voucher.Report{From: from, To: to, Sums: f.sums()}
	for day, i := from, 0; !day.After(to); day, i = day.AddDate(0, 0, 1), i+1 {
		out.Lines = append(out.Lines, voucher.Line{Day: day, Till: i % 2, Series: f.series[0].ID, What: voucher.Redeeming, Units: int64(i * 7 % 5), Bookings: i % 3})
	}
	return out, nil
}

func (f *fakeShops) CSV(_ context.Context, _ voucher.Key, _, _ time.Time, w io.Writer) error {
	_, err := io.WriteString(w, "number,time\n")
	return err
}

func (f *fakeShops) Liability(_ context.Context, slug string) (voucher.Liability, error) {
	defer f.mu.Unlock()
	if err := f.lock(); err != nil {
		return voucher.Liability{}, err
	}
	if slug != f.shop.Slug {
		return voucher.Liability{}, voucher.ErrShop
	}
	return voucher.Liability{
		Shop: f.shop, Block: chain.BlockRef{Height: 131}, At: f.now(), Series: slices.Clone(f.series), Sums: maps.Clone(f.sums()),
		Owed: []voucher.Owed{{Asset: f.series[0].Asset, Supply: 20, Returned: 0, Outstanding: 14, Booked: 1, Ledger: [32]byte{3}}},
	}, nil
}

func (f *fakeShops) statement() voucher.Statement {
	day := f.now().UTC().Truncate(24 * time.Hour)
	return voucher.Statement{Day: day, Height: 120, MadeAt: day, File: []byte("{}\n"), Digest: [32]byte{42}, StampedAt: day}
}

func (f *fakeShops) Statements(context.Context, string, int) ([]voucher.Statement, error) {
	return []voucher.Statement{f.statement()}, nil
}

func (f *fakeShops) StatementOf(_ context.Context, _ string, at time.Time) (voucher.Statement, error) {
	if one := f.statement(); one.Day.Equal(at) {
		return one, nil
	}
	return voucher.Statement{}, voucher.ErrStatement
}
