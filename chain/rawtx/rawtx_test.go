package rawtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/btcsuite/btcd/btcutil/psbt"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
)

func payment(witness bool) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	for n := range uint32(2) {
		in := &wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{7}, Index: n}, Sequence: 5}
		if witness {
			in.Witness = wire.TxWitness{bytes.Repeat([]byte{1}, 71), {}, bytes.Repeat([]byte{2}, 300)}
		} else {
			in.SignatureScript = bytes.Repeat([]byte{3}, 260)
		}
		tx.AddTxIn(in)
	}
	tx.AddTxOut(wire.NewTxOut(9, []byte{0x51}))
	tx.AddTxOut(wire.NewTxOut(10, nil))
	tx.LockTime = 11
	return tx
}

func written(t testing.TB, tx *wire.MsgTx) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packet(t testing.TB) []byte {
	t.Helper()
	spent := payment(true)
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: spent.TxHash()}})
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: chainhash.Hash{8}}})
	tx.AddTxOut(wire.NewTxOut(5, []byte{0x51}))
	p, err := psbt.NewFromUnsignedTx(tx)
	if err != nil {
		t.Fatal(err)
	}
	p.Inputs[0].NonWitnessUtxo = spent
	p.Inputs[1].WitnessUtxo = wire.NewTxOut(5, append([]byte{0, 20}, make([]byte, 20)...))
	var b bytes.Buffer
	if err := p.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead(t *testing.T) {
	for _, witness := range []bool{true, false} {
		want := payment(witness)
		raw := written(t, want)
		got, err := Read(raw)
		if err != nil || !reflect.DeepEqual(written(t, got), raw) {
			t.Errorf("%v: %+v, %v", witness, got, err)
		}
		if _, err := ReadStripped(raw); errors.Is(err, ErrShape) != witness {
			t.Errorf("%v, stripped: %v", witness, err)
		}
		for n := range raw {
			if got, err := Read(raw[:n]); !errors.Is(err, ErrShape) {
				t.Fatalf("cut at %d: %+v, %v", n, got, err)
			}
		}
		if got, err := Read(append(raw, 0)); !errors.Is(err, ErrShape) {
			t.Errorf("a byte too many: %+v, %v", got, err)
		}
	}
}

func TestReadPSBT(t *testing.T) {
	raw := packet(t)
	p, err := ReadPSBT(raw)
	if err != nil || len(p.Inputs) != 2 || p.Inputs[0].NonWitnessUtxo == nil || p.Inputs[1].WitnessUtxo == nil {
		t.Fatalf("%+v, %v", p, err)
	}
	for n := range raw {
		if p, err := ReadPSBT(raw[:n]); !errors.Is(err, ErrShape) {
			t.Fatalf("cut at %d: %+v, %v", n, p, err)
		}
	}
}

// promises is a transaction of a few bytes that promises as many inputs, or
// outputs, as package wire makes room for.
func promises(inputs bool) []byte {
	raw := binary.LittleEndian.AppendUint32(nil, 2)
	if inputs {
		return append(binary.LittleEndian.AppendUint32(append(raw, 0xfe), 800_000), 0, 0, 0, 0)
	}
	raw = append(append(raw, 1), make([]byte, 41)...)
	return append(binary.LittleEndian.AppendUint32(append(raw, 0xfe), 3_700_000), 0, 0, 0, 0)
}

// What a few bytes promise takes no room: one reading by package wire takes a
// hundred megabytes and more.
func TestPromisesTakeNoRoom(t *testing.T) {
	lying := append([]byte(nil), magic...)
	tx := wire.NewMsgTx(2)
	for range 3 {
		tx.AddTxIn(&wire.TxIn{})
	}
	tx.AddTxOut(wire.NewTxOut(1, nil))
	field := func(value []byte) {
		lying = append(lying, 1, 0, byte(len(value)))
		lying = append(lying, value...)
		lying = append(lying, 0)
	}
	field(written(t, tx))
	for range 3 {
		field(promises(false))
	}
	for name, read := range map[string]func() error{
		"inputs":   func() error { _, err := Read(promises(true)); return err },
		"outputs":  func() error { _, err := Read(promises(false)); return err },
		"stripped": func() error { _, err := ReadStripped(promises(false)); return err },
		"a PSBT's own": func() error {
			_, err := ReadPSBT(append(append([]byte("psbt\xff\x01\x00"), byte(len(promises(true)))), promises(true)...))
			return err
		},
		"one that it has": func() error { _, err := ReadPSBT(lying); return err },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := read()
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrShape) || after.TotalAlloc-before.TotalAlloc > 1<<20 {
			t.Errorf("%s: %d bytes, %v", name, after.TotalAlloc-before.TotalAlloc, err)
		}
	}
}

// FuzzRead: whatever passes is what package wire reads whole, and nothing that it
// can read is refused.
func FuzzRead(f *testing.F) {
	f.Add(written(f, payment(true)))
	f.Add(written(f, payment(false)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, c := range []struct {
			checked error
			decode  wire.MessageEncoding
		}{{Check(raw), wire.WitnessEncoding}, {second(checkStripped(raw)), wire.BaseEncoding}} {
			if c.checked != nil && !readable(raw) {
				continue // reading it is what the check is there to prevent
			}
			var tx wire.MsgTx
			r := bytes.NewReader(raw)
			if whole := tx.BtcDecode(r, wire.ProtocolVersion, c.decode) == nil && r.Len() == 0; whole && c.checked != nil {
				t.Fatalf("refused what can be read: %v", c.checked)
			}
		}
	})
}

func second(_ uint64, err error) error { return err }

// readable: no count in it can be of many thousands.
func readable(raw []byte) bool {
	return len(raw) < 4_096 && bytes.IndexByte(raw, 0xfe) < 0 && bytes.IndexByte(raw, 0xff) < 0
}

// FuzzReadPSBT: nothing that package psbt can read is refused.
func FuzzReadPSBT(f *testing.F) {
	f.Add(packet(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := checkPSBT(raw)
		if err == nil {
			_, _ = ReadPSBT(raw)
			return
		}
		if rest, is := bytes.CutPrefix(raw, magic); is && !readable(rest) {
			return
		}
		if p, read := psbt.NewFromRawBytes(bytes.NewReader(raw), false); read == nil {
			t.Fatalf("refused what can be read: %v, %+v", err, p)
		}
	})
}
