package pledges

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// rows counts what the database holds of pledges.
func rows(t *testing.T, d *db.DB) (out [4]int64) {
	t.Helper()
	for i, table := range []string{"pledges", "pledge_signatures", "campaign_totals", "watched_outpoints"} {
		must(t, d.Read(t.Context()).Table(table).Count(&out[i]).Error)
	}
	return out
}

// Whatever is wrong has a name, and changes nothing.
func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "refusals", 10_000, 10_000_000, 20_000_000)
		other := newCampaign(t, "another", 10_000, 1_000_000)
		closed := newCampaign(t, "closed", 10_000, 1_000_000)
		closed.Stage = lighthouse.Closed
		late := newCampaign(t, "late", 100, 1_000_000) // its last block is long past
		shares := newCampaign(t, "shares", 10_000, 1_000_000)
		shares.Terms.Multiple = 30_000
		noFirm := newCampaign(t, "no firm", 10_000, 1_000_000)
		noFirm.Terms.Keeper = nil
		down := newCampaign(t, "down", 10_000, 1_000_000)
		down.TakenDown = true
		w := newWorld(t, d, c, other, closed, down, late, shares, noFirm)

		coin := make(map[contract.Kind]*backer)
		for _, kind := range kinds {
			coin[kind] = newBacker(t, "honest", kind, 50_000, c)
			w.fund(coin[kind])
		}
		small := newBacker(t, "small", contract.P2TR, 1_000, c)
		w.fund(small)
		spent := newBacker(t, "spent", contract.P2TR, 50_000, c)
		w.fund(spent)
		leaving := newBacker(t, "leaving", contract.P2TR, 50_000, c)
		w.fund(leaving)
		foreignFirm := newBacker(t, "foreign", contract.FirmP2WSH, 50_000, other) // another campaign's keeper
		w.fund(foreignFirm)
		w.mine(1)
		must(t, w.chain.Submit(spent.spend(t, 1_000)))
		w.mine(1)
		must(t, w.chain.Submit(leaving.spend(t, 1_000)))
		miner := minersCoin(t, w)

		goal := c.Terms.Levels[0].Contract
		signed := func(b *backer, of *contract.Contract, change func(tx *wire.MsgTx), hashType txscript.SigHashType) []byte {
			tx := of.Alone(contract.Pledge{OutPoint: b.at, Sequence: sequence})
			change(tx)
			b.sign(t, tx, hashType)
			return rawTx(t, tx)
		}
		as := func(b *backer, raw []byte) Submission {
			s := w.submission(b, c)
			s.Signed[0] = raw
			return s
		}
		nothing := func(*wire.MsgTx) {}
		cases := map[string]struct {
			s    Submission
			want error
		}{
			"unknown campaign":     {w.submission(coin[contract.P2TR], lighthouse.Campaign{ID: lighthouse.ID{1}, Terms: c.Terms}), lighthouse.ErrUnknown},
			"closed campaign":      {w.submission(coin[contract.P2TR], closed), lighthouse.ErrNotOpen},
			"taken down":           {w.submission(coin[contract.P2TR], down), lighthouse.ErrTakenDown},
			"after the deadline":   {w.submission(coin[contract.P2TR], late), lighthouse.ErrNotOpen},
			"another revision":     {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Revision = 2 }), lighthouse.ErrChanged},
			"another campaign's":   {as(coin[contract.P2TR], rawTx(t, coin[contract.P2TR].pledge(t, other.Terms.Levels[0].Contract, hashType))), contract.ErrOutputs},
			"no level":             {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Signed = nil }), ErrLevels},
			"a level there is not": {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Signed[7] = s.Signed[0] }), ErrLevels},
			"two coins":            {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Signed[1] = rawTx(t, small.pledge(t, c.Terms.Levels[1].Contract, hashType)) }), ErrLevels},
			"another order":        {as(coin[contract.P2TR], signed(coin[contract.P2TR], goal, func(tx *wire.MsgTx) { tx.TxOut[0], tx.TxOut[1] = tx.TxOut[1], tx.TxOut[0] }, hashType)), contract.ErrOutputs},
			"another amount":       {as(coin[contract.P2TR], signed(coin[contract.P2TR], goal, func(tx *wire.MsgTx) { tx.TxOut[0].Value-- }, hashType)), contract.ErrOutputs},
			"another version":      {as(coin[contract.P2TR], signed(coin[contract.P2TR], goal, func(tx *wire.MsgTx) { tx.Version = 1 }, hashType)), contract.ErrVersion},
			"another lock time":    {as(coin[contract.P2TR], signed(coin[contract.P2TR], goal, func(tx *wire.MsgTx) { tx.LockTime = 5 }, hashType)), contract.ErrLockTime},
			"two inputs":           {as(coin[contract.P2TR], signed(coin[contract.P2TR], goal, func(tx *wire.MsgTx) { tx.AddTxIn(wire.NewTxIn(&small.at, nil, nil)) }, hashType)), contract.ErrInputs},
			"relative lock":        {as(coin[contract.P2TR], signed(coin[contract.P2TR], goal, func(tx *wire.MsgTx) { tx.TxIn[0].Sequence = 5 }, hashType)), contract.ErrSequence},
			"annex": {as(coin[contract.P2TR], edited(t, w.submission(coin[contract.P2TR], c).Signed[0], func(in *wire.TxIn) {
				in.Witness = append(in.Witness, []byte{0x50, 1})
			})), contract.ErrAnnex},
			"high S":                    {as(coin[contract.P2WPKH], withHighS(t, coin[contract.P2WPKH], goal)), contract.ErrSignature},
			"too small":                 {w.submission(small, c), contract.ErrTooSmall},
			"no multiple":               {w.submission(coin[contract.P2TR], shares), lighthouse.ErrMultiple},
			"spent coin":                {w.submission(spent, c), lighthouse.ErrSpent},
			"leaving coin":              {w.submission(leaving, c), lighthouse.ErrSpent},
			"a coin that is not":        {w.submission(&backer{kind: contract.P2TR, key: small.key, coin: small.coin, at: wire.OutPoint{Hash: small.at.Hash, Index: 9}}, c), lighthouse.ErrNoCoin},
			"made up, with its funding": {changed(w.submission(madeUp(t, small), c), func(s *Submission) { s.Funding = rawTx(t, madeUpFunding(small)) }), lighthouse.ErrNoCoin},
			"a miner's coin":            {w.submission(miner, c), lighthouse.ErrImmature},
			"firm where none are":       {w.submission(coin[contract.FirmP2WSH], noFirm), contract.ErrScriptType},
			"another keeper":            {w.submission(foreignFirm, c), contract.ErrScriptType},
			"no transaction":            {as(small, []byte("hello")), contract.ErrPSBT},
			"nothing":                   {as(small, nil), contract.ErrPSBT},
			"too long":                  {as(small, bytes.Repeat([]byte{1}, 2*contract.MaxPSBT+3)), ErrTooLarge},
			"a long transaction":        {as(small, bytes.Repeat([]byte{1}, maxSigned+1)), ErrTooLarge},
			"a long name":               {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Name = strings.Repeat("ø", MaxName+1) }), ErrWords},
			"a long message":            {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Message = strings.Repeat("字", MaxMessage+1) }), ErrWords},
			"an early refund":           {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Refund = rawTx(t, coin[contract.P2TR].refund(t, c.Terms.RefundHeight()-1)) }), contract.ErrRefund},
			"another's refund":          {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Refund = rawTx(t, coin[contract.P2WPKH].refund(t, c.Terms.RefundHeight())) }), contract.ErrRefund},
			"no door":                   {changed(w.submission(coin[contract.P2TR], c), func(s *Submission) { s.Door = "window" }), ErrLevels},
		}
		for _, kind := range kinds {
			b := coin[kind]
			for _, bad := range []txscript.SigHashType{txscript.SigHashAll, txscript.SigHashSingle | txscript.SigHashAnyOneCanPay, txscript.SigHashNone | txscript.SigHashAnyOneCanPay} {
				cases[fmt.Sprintf("%s with %02x", kind, bad)] = struct {
					s    Submission
					want error
				}{as(b, signed(b, goal, nothing, bad)), contract.ErrHashType}
			}
			thief := *b
			thief.key = keyOf("thief")
			cases[string(kind)+" by another key"] = struct {
				s    Submission
				want error
			}{as(b, signed(&thief, goal, nothing, hashType)), contract.ErrSignature}
			if kind != contract.P2PKH { // whose signatures say nothing of the amount: it is looked up
				liar := *b
				liar.coin.Value += 10_000
				cases[string(kind)+" with another amount"] = struct {
					s    Submission
					want error
				}{as(b, signed(&liar, goal, nothing, hashType)), contract.ErrSignature}
			}
		}
		before := rows(t, d)
		for name, test := range cases {
			if _, _, err := w.Submit(t.Context(), test.s); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", name, err, test.want)
			}
		}
		if after := rows(t, d); after != before {
			t.Errorf("something was stored: %v, before %v", after, before)
		}
		if len(w.campaigns.frozen) > 0 {
			t.Errorf("campaigns are frozen: %v", w.campaigns.frozen)
		}
		// And the coins are as good as before.
		for _, kind := range kinds {
			w.submit(coin[kind], c)
		}
	})
}

func changed(s Submission, change func(*Submission)) Submission {
	change(&s)
	return s
}

// edited changes the input of a signed transaction.
func edited(t *testing.T, raw []byte, change func(*wire.TxIn)) []byte {
	t.Helper()
	tx := wire.NewMsgTx(0)
	must(t, tx.Deserialize(bytes.NewReader(raw)))
	change(tx.TxIn[0])
	return rawTx(t, tx)
}

// minersCoin is one of the newest block's own reward, as far as anybody can pledge
// it: its key is the faucet's, so that the signature is not looked at.
func minersCoin(t *testing.T, w *world) *backer {
	t.Helper()
	block, err := w.chain.Block(t.Context(), w.tip().Hash)
	must(t, err)
	b := newBacker(t, "miner", contract.P2WPKH, btcutil.Amount(block.Transactions[0].TxOut[0].Value), lighthouse.Campaign{})
	b.at = wire.OutPoint{Hash: block.Transactions[0].TxHash()}
	return b
}

// madeUpFunding makes a coin of one that is not there.
func madeUpFunding(b *backer) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: [32]byte{7}}, nil, nil))
	tx.AddTxOut(wire.NewTxOut(50_000, b.coin.Script))
	return tx
}

func madeUp(t *testing.T, b *backer) *backer {
	t.Helper()
	out := *b
	out.coin.Value = 50_000
	out.at = wire.OutPoint{Hash: madeUpFunding(b).TxHash()}
	return &out
}

// withHighS is a pledge with a signature of the other half, no longer than others.
func withHighS(t *testing.T, b *backer, c *contract.Contract) []byte {
	t.Helper()
	for n := uint32(sequence); ; n-- {
		tx := c.Alone(contract.Pledge{OutPoint: b.at, Sequence: n})
		b.sign(t, tx, hashType)
		if sig := tx.TxIn[0].Witness[0]; len(sig) < 72 {
			tx.TxIn[0].Witness[0] = highS(t, sig)
			return rawTx(t, tx)
		}
	}
}

// highS makes the other signature of the same message, which nodes refuse.
func highS(t testing.TB, sig []byte) []byte {
	t.Helper()
	parsed, err := ecdsa.ParseDERSignature(sig[:len(sig)-1])
	must(t, err)
	r, s := parsed.R(), parsed.S()
	s.Negate()
	number := func(b [32]byte) []byte {
		n := bytes.TrimLeft(b[:], "\x00")
		if n[0]&0x80 != 0 {
			n = append([]byte{0}, n...)
		}
		return append([]byte{2, byte(len(n))}, n...)
	}
	body := append(number(r.Bytes()), number(s.Bytes())...)
	return append(append([]byte{0x30, byte(len(body))}, body...), sig[len(sig)-1])
}

// Signed bytes come in many clothes.
func TestClothes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCampaign(t, "clothes", 10_000, 1_000_000)
		w := newWorld(t, d, c)
		b := newBacker(t, "b", contract.P2WPKH, 50_000, c)
		w.fund(b)
		w.mine(1)
		s := w.submission(b, c)
		raw := s.Signed[0]
		first, key, err := w.Submit(t.Context(), s)
		must(t, err)
		for name, text := range map[string][]byte{
			"hexadecimal":       []byte(hex.EncodeToString(raw)),
			"large hexadecimal": []byte(" " + strings.ToUpper(hex.EncodeToString(raw)) + "\r\n"),
			"base64":            []byte(base64.StdEncoding.EncodeToString(raw)),
			"base64 in lines":   []byte(wrapped(base64.StdEncoding.EncodeToString(raw))),
		} {
			s.Signed = map[int][]byte{0: text}
			again, same, err := w.Submit(t.Context(), s)
			if err != nil || again.ID != first.ID || same != key {
				t.Errorf("%s: %s, %v", name, again.ID, err)
			}
		}
		if (chain.BlockRef{}) == first.Created {
			t.Error("the pledge does not say which block holds the coin")
		}
	})
}

func wrapped(s string) string {
	var out strings.Builder
	for len(s) > 64 {
		out.WriteString(s[:64] + "\n")
		s = s[64:]
	}
	return out.String() + s
}

// Package wire would take memory by what nine bytes say: they are refused before.
func TestPromisesOfBytes(t *testing.T) {
	many := append([]byte{2, 0, 0, 0, 0xfe, 0xff, 0xff, 0x0b, 0}, make([]byte, 100)...)
	if _, err := readTx(many); !errors.Is(err, contract.ErrPSBT) {
		t.Errorf("786,431 inputs in 100 bytes: %v", err)
	}
	key, err := btcec.NewPrivateKey()
	must(t, err)
	tx := madeUpFunding(&backer{kind: contract.P2TR, key: key})
	raw := rawTx(t, tx)
	for n := range raw {
		if _, err := readTx(raw[:n]); err == nil {
			t.Errorf("%d of %d bytes are taken", n, len(raw))
		}
	}
}
