package tickets

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/channels/amount"
	"cairn/channels/fees"
	"cairn/channels/invoice"

	"github.com/cloudflare/circl/blindsign/blindrsa"
)

// node makes invoices nobody has to pay: the till is told by hand.
type node struct{}

func (node) Create(_ context.Context, req invoice.Request) (invoice.Invoice, error) {
	return invoice.Invoice{Hash: req.Preimage.Hash(), Text: "lnbcrt1", ExpiresAt: time.Now().Add(req.Expiry)}, nil
}
func (node) Status(context.Context, invoice.Hash) (invoice.Status, error) {
	return invoice.Status{State: invoice.Open}, nil
}
func (node) Cancel(context.Context, invoice.Hash) error { return nil }
func (node) Settled(ctx context.Context, _ uint64, _ func(invoice.Settlement) error) error {
	<-ctx.Done()
	return ctx.Err()
}

type bench struct {
	*Service
	t    *testing.T
	till *fees.Service
	at   time.Time
}

func eachBench(t *testing.T, fn func(t *testing.T, b *bench)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &bench{t: t, at: time.Unix(1_800_000_000, 0)}
		now := func() time.Time { return b.at }
		var err error
		if b.till, err = fees.New(fees.Config{DB: d, Invoices: node{}, Secret: [32]byte{1}, Now: now}); err != nil {
			t.Fatal(err)
		}
		b.Service, err = New(Config{DB: d, Till: b.till, Secret: [32]byte{2}, Price: 10 * amount.PerSatoshi, Expiry: time.Minute, Rand: rand.Reader, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		fn(t, b)
	})
}

// buy pays for tickets.
func (b *bench) buy(count int) fees.ID {
	b.t.Helper()
	q, err := b.Sell(b.t.Context(), "ann", count)
	if err == nil {
		err = b.till.Settle(b.t.Context(), invoice.Settlement{Hash: q.InvoiceHash, Paid: q.Price, At: b.at})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return q.ID
}

// buyer is somebody's side of blinding.
type buyer struct {
	client  blindrsa.Client
	key     Key
	numbers [][]byte
	states  []blindrsa.State
	blinded [][]byte
}

func (b *bench) buyer(count int) *buyer {
	b.t.Helper()
	key, err := b.Selling(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	c, err := blindrsa.NewClient(blindrsa.SHA384PSSDeterministic, key.Public)
	if err != nil {
		b.t.Fatal(err)
	}
	out := &buyer{client: c, key: key}
	for range count {
		number := make([]byte, numberSize)
		rand.Read(number)
		blinded, state, err := c.Blind(rand.Reader, number)
		if err != nil {
			b.t.Fatal(err)
		}
		out.numbers, out.states, out.blinded = append(out.numbers, number), append(out.states, state), append(out.blinded, blinded)
	}
	return out
}

func (o *buyer) tickets(t *testing.T, signatures [][]byte) []Ticket {
	t.Helper()
	var out []Ticket
	for i, s := range signatures {
		final, err := o.client.Finalize(o.states[i], s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Ticket{Key: o.key.ID, Number: [numberSize]byte(o.numbers[i]), Signature: [signatureSize]byte(final)})
	}
	return out
}

// have buys tickets and gets them.
func (b *bench) have(count int) []Ticket {
	b.t.Helper()
	o := b.buyer(count)
	signatures, err := b.Issue(b.t.Context(), b.buy(count), o.key.ID, o.blinded)
	if err != nil {
		b.t.Fatal(err)
	}
	return o.tickets(b.t, signatures)
}

func isKind(t *testing.T, what string, err error, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

func TestBoughtAndUsedOnce(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		quote, o := b.buy(3), b.buyer(3)
		first, err := b.Issue(t.Context(), quote, o.key.ID, o.blinded)
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.Issue(t.Context(), quote, o.key.ID, o.blinded)
		if err != nil || !bytes.Equal(bytes.Join(first, nil), bytes.Join(again, nil)) {
			t.Errorf("the same again: %v", err)
		}
		_, err = b.Issue(t.Context(), quote, o.key.ID, b.buyer(3).blinded)
		isKind(t, "others for the same payment", err, ErrIssued)
		if issued, err := b.Issued(t.Context(), quote); !issued || err != nil {
			t.Errorf("%v, %v", issued, err)
		}

		list := o.tickets(t, first)
		header := "ticket " + list[0].Text() + ", " + list[1].Text()
		shown, err := ParseCredential(header)
		if err != nil || len(shown) != 2 || shown[0] != list[0] || !IsCredential(header) {
			t.Fatalf("%v, %v", shown, err)
		}
		if err := b.Verify(t.Context(), shown); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := b.Spend(t.Context(), shown, [32]byte{1}); err != nil {
				t.Error(err)
			}
		}
		isKind(t, "for another thing", b.Spend(t.Context(), shown[:1], [32]byte{2}), ErrSpent)
		isKind(t, "with another", b.Spend(t.Context(), list[1:], [32]byte{1}), ErrSpent)
		if err := b.Spend(t.Context(), list[2:], [32]byte{3}); err != nil {
			t.Errorf("one that was refused with a used one: %v", err)
		}
		if err := b.GiveBack(t.Context(), [32]byte{1}); err != nil {
			t.Fatal(err)
		}
		if err := b.Spend(t.Context(), shown, [32]byte{2}); err != nil {
			t.Errorf("after it was given back: %v", err)
		}
		if strings.Contains(fmt.Sprint(list[0]), list[0].Text()[20:40]) {
			t.Error("a ticket shows in a log")
		}
	})
}

// Many at once for one ticket: one has it.
func TestSpendingRaces(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		list := b.have(1)
		var all sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			all.Go(func() { errs[i] = b.Spend(context.Background(), list, [32]byte{byte(i + 1)}) })
		}
		all.Wait()
		had := 0
		for _, err := range errs {
			if err == nil {
				had++
			} else if !errors.Is(err, ErrSpent) {
				t.Error(err)
			}
		}
		if had != 1 {
			t.Errorf("it was used %d times", had)
		}
	})
}

// Two that fetch for one payment at once get the same, or one is refused.
func TestIssuingRaces(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		quote := b.buy(1)
		buyers := []*buyer{b.buyer(1), b.buyer(1)}
		var all sync.WaitGroup
		var mu sync.Mutex
		got := map[int]bool{}
		for i := range 10 {
			all.Go(func() {
				_, err := b.Issue(context.Background(), quote, buyers[i%2].key.ID, buyers[i%2].blinded)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got[i%2] = true
				} else if !errors.Is(err, ErrIssued) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(got) != 1 {
			t.Errorf("signed for %v", got)
		}
	})
}

func TestRefused(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		for _, count := range []int{0, -1, Most + 1} {
			_, err := b.Sell(t.Context(), "", count)
			isKind(t, "count", err, ErrCount)
		}
		o := b.buyer(2)
		issue := func(quote fees.ID, key KeyID, blinded ...[]byte) error {
			_, err := b.Issue(t.Context(), quote, key, blinded)
			return err
		}
		unpaid, err := b.Sell(t.Context(), "", 2)
		if err != nil {
			t.Fatal(err)
		}
		quote := b.buy(2)
		huge := bytes.Repeat([]byte{0xff}, signatureSize)
		isKind(t, "no quote", issue(fees.ID{9}, o.key.ID, o.blinded...), fees.ErrUnknownQuote)
		isKind(t, "unpaid", issue(unpaid.ID, o.key.ID, o.blinded...), fees.ErrUnpaid)
		isKind(t, "too few", issue(quote, o.key.ID, o.blinded[0]), ErrRequest)
		isKind(t, "short", issue(quote, o.key.ID, o.blinded[0], []byte("x")), ErrRequest)
		isKind(t, "above the modulus", issue(quote, o.key.ID, o.blinded[0], huge), ErrRequest)
		isKind(t, "another key", issue(quote, KeyID{1}, o.blinded...), ErrKey)
		if err := issue(quote, o.key.ID, o.blinded...); err != nil {
			t.Errorf("after all that: %v", err)
		}

		good := b.have(1)[0]
		forged, stranger := good, good
		forged.Number[3] ^= 1
		stranger.Key[0] ^= 1
		isKind(t, "forged", b.Verify(t.Context(), []Ticket{good, forged}), ErrTicket)
		isKind(t, "of no key", b.Verify(t.Context(), []Ticket{stranger}), ErrKey)
		for header, kind := range map[string]error{
			"Ticket":     ErrTicket,
			"Ticket a,b": ErrTicket,
			"Ticket " + good.Text() + "," + good.Text():                ErrTwice,
			"Ticket " + strings.Repeat(good.Text()+",", 10) + "x":      ErrCount,
			"Ticket " + good.Text()[:len(good.Text())-1]:               ErrTicket,
			"Ticket " + strings.Replace(good.Text(), "A", "\u00c1", 1): ErrTicket,
		} {
			_, err := ParseCredential(header)
			isKind(t, header[:min(len(header), 30)], err, kind)
		}
	})
}

// Tickets outlive the sale of their key by an epoch, and then are forgotten.
func TestEpochs(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		list := b.have(2)
		old, err := b.Selling(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o, paid := b.buyer(1), b.buy(1)
		b.at = old.SoldUntil.Add(time.Hour)
		if _, err := b.Issue(t.Context(), paid, o.key.ID, o.blinded); err != nil {
			t.Errorf("paid in the last moment: %v", err)
		}
		now, err := b.Selling(t.Context())
		if err != nil || now.ID == old.ID || !now.SoldUntil.Equal(old.GoodUntil) {
			t.Errorf("%+v, %v", now, err)
		}
		b.at = old.SoldUntil.Add(afterSale + time.Hour)
		late := b.buy(1)
		_, err = b.Issue(t.Context(), late, o.key.ID, o.blinded)
		isKind(t, "long after its sale", err, ErrKey)

		b.at = old.GoodUntil.Add(-time.Second)
		if err := b.Verify(t.Context(), list); err != nil {
			t.Errorf("in its last second: %v", err)
		}
		if err := b.Spend(t.Context(), list[:1], [32]byte{1}); err != nil {
			t.Error(err)
		}
		b.at = old.GoodUntil
		isKind(t, "afterwards", b.Verify(t.Context(), list), ErrKey)
		if err := b.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"ticket_issues", "ticket_spends"} {
			var left int64
			if err := b.db.Read(t.Context()).Table(table).Count(&left).Error; err != nil || left != 0 {
				t.Errorf("%s: %d rows, %v", table, left, err)
			}
		}
		if _, err := b.Key(t.Context(), now.ID); err != nil {
			t.Errorf("the key on sale was forgotten: %v", err)
		}
	})
}

// What the server keeps and sees of a sale and of a use share no value: not the
// numbers, not the signatures, not their hashes, nor any eight bytes of them. And
// every ticket could be from every sale: its number and signature fit the
// blinded message of any with some blinding factor.
func TestUnlinkable(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		var sales, uses [][]byte
		var all []Ticket
		var blinded []*big.Int
		for range 3 {
			quote, o := b.buy(2), b.buyer(2)
			signatures, err := b.Issue(t.Context(), quote, o.key.ID, o.blinded)
			if err != nil {
				t.Fatal(err)
			}
			sales = append(sales, quote[:])
			sales = append(append(sales, o.blinded...), signatures...)
			all = append(all, o.tickets(t, signatures)...)
			for _, m := range o.blinded {
				blinded = append(blinded, new(big.Int).SetBytes(m))
			}
		}
		key := all[0].Key
		var issues []issueRecord
		if err := b.db.Read(t.Context()).Find(&issues).Error; err != nil {
			t.Fatal(err)
		}
		for _, r := range issues {
			sales = append(sales, r.QuoteID, r.Request, r.Signatures)
		}
		for i, ticket := range all {
			if err := b.Spend(t.Context(), []Ticket{ticket}, [32]byte{byte(i + 1)}); err != nil {
				t.Fatal(err)
			}
			uses = append(uses, ticket.Number[:], ticket.Signature[:])
		}
		var spends []spendRecord
		if err := b.db.Read(t.Context()).Find(&spends).Error; err != nil {
			t.Fatal(err)
		}
		for _, r := range spends {
			if !bytes.Equal(r.KeyID, key[:]) {
				t.Error("a use names another key")
			}
			uses = append(uses, r.Ticket)
		}
		atSale := make(map[string]bool)
		for _, raw := range sales {
			for i := 0; i+8 <= len(raw); i++ {
				atSale[string(raw[i:i+8])] = true
			}
			sum := sha256.Sum256(raw)
			for i := 0; i+8 <= len(sum); i++ {
				atSale[string(sum[i:i+8])] = true
			}
		}
		for _, raw := range uses {
			for i := 0; i+8 <= len(raw); i++ {
				if atSale[string(raw[i:i+8])] {
					t.Fatalf("%x was there at the sale", raw[i:i+8])
				}
			}
		}
		public, err := b.Key(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		n, e := public.Public.N, big.NewInt(int64(public.Public.E))
		r, err := b.keyRecord(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		private, err := b.open(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, ticket := range all {
			encoded := new(big.Int).Exp(new(big.Int).SetBytes(ticket.Signature[:]), e, n)
			for _, z := range blinded {
				// z = encoded · r^e has a solution r for every pair.
				re := new(big.Int).Mul(z, new(big.Int).ModInverse(encoded, n))
				factor := new(big.Int).Exp(re.Mod(re, n), private.D, n)
				if back := new(big.Int).Exp(factor, e, n); back.Mul(back, encoded).Mod(back, n).Cmp(z) != 0 {
					t.Fatal("a ticket cannot be from every sale")
				}
			}
		}
	})
}

// The vectors of RFC 9474, appendix A.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/rfc9474.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []map[string]any
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		if v["name"] != "RSABSSA-SHA384-PSS-Deterministic" {
			continue
		}
		field := func(name string) []byte {
			text, _ := v[name].(string)
			out, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		number := func(name string) *big.Int { return new(big.Int).SetBytes(field(name)) }
		private := &rsa.PrivateKey{
			PublicKey: rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}, D: number("d"), Primes: []*big.Int{number("p"), number("q")},
		}
		private.Precompute()
		signed, err := blindrsa.NewSigner(private).BlindSign(field("blinded_msg"))
		if err != nil || !bytes.Equal(signed, field("blind_sig")) {
			t.Errorf("blind signature %x, %v", signed, err)
		}
		verifier, err := blindrsa.NewVerifier(blindrsa.SHA384PSSDeterministic, &private.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify(field("input_msg"), field("sig")); err != nil {
			t.Error(err)
		}
		return
	}
	t.Fatal("no vectors")
}

func FuzzParseCredential(f *testing.F) {
	f.Add("Ticket " + Ticket{}.Text())
	f.Add("Ticket a, b")
	f.Fuzz(func(t *testing.T, header string) {
		list, err := ParseCredential(header)
		if err != nil {
			return
		}
		for _, ticket := range list {
			if again, err := Parse(ticket.Text()); err != nil || again != ticket {
				t.Fatalf("%v, %v", again, err)
			}
		}
	})
}
