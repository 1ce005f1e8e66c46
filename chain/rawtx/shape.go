package rawtx

import (
	"bytes"
	"fmt"

	"github.com/btcsuite/btcd/wire"
)

// The least that an input and an output take, in bytes.
const (
	leastInput  = 36 + 1 + 4
	leastOutput = 8 + 1
)

// Check walks over one whole transaction, with witnesses (BIP-0144) or without,
// and keeps nothing. Errors: ErrShape.
func Check(raw []byte) error {
	w := walker{rest: raw}
	w.skip(4) // version
	inputs := w.count(leastInput)
	segwit := inputs == 0 && len(w.rest) > 0 && w.rest[0] == 1
	if segwit {
		w.skip(1)
		inputs = w.count(leastInput)
	}
	w.body(inputs)
	for i := uint64(0); segwit && i < inputs && !w.short; i++ {
		items := w.count(1)
		for k := uint64(0); k < items && !w.short; k++ {
			w.skip(w.count(1))
		}
	}
	return w.end()
}

// checkStripped is Check for the form without witnesses. It gives the number of
// inputs. Errors: ErrShape.
func checkStripped(raw []byte) (inputs uint64, err error) {
	w := walker{rest: raw}
	w.skip(4)
	inputs = w.count(leastInput)
	w.body(inputs)
	return inputs, w.end()
}

var magic = []byte("psbt\xff")

// checkPSBT looks at every transaction in a PSBT: its own, and those that its
// inputs spend. Errors: ErrShape.
func checkPSBT(raw []byte) error {
	rest, is := bytes.CutPrefix(raw, magic)
	if !is {
		return fmt.Errorf("%w: no PSBT", ErrShape)
	}
	w := walker{rest: rest}
	var inputs uint64
	err := w.fields(func(own []byte) (err error) {
		inputs, err = checkStripped(own)
		return err
	})
	for i := uint64(0); i < inputs && err == nil; i++ {
		err = w.fields(Check)
	}
	return err
}

// fields walks over one map of a PSBT and has the value of the field 00 looked at,
// which is a transaction in the first map and in those of inputs.
func (w *walker) fields(look func(value []byte) error) error {
	for {
		key := w.take(w.count(1))
		if w.short {
			return fmt.Errorf("%w: a PSBT that is cut off", ErrShape)
		}
		if len(key) == 0 {
			return nil
		}
		value := w.take(w.count(1))
		if w.short {
			return fmt.Errorf("%w: a PSBT that is cut off", ErrShape)
		}
		if len(key) == 1 && key[0] == 0 {
			if err := look(value); err != nil {
				return err
			}
		}
	}
}

// walker steps over bytes; short is set once there were too few.
type walker struct {
	rest  []byte
	short bool
}

// body steps over inputs, the number of outputs, and outputs.
func (w *walker) body(inputs uint64) {
	for i := uint64(0); i < inputs && !w.short; i++ {
		w.skip(36)
		w.skip(w.count(1))
		w.skip(4)
	}
	outputs := w.count(leastOutput)
	for i := uint64(0); i < outputs && !w.short; i++ {
		w.skip(8)
		w.skip(w.count(1))
	}
}

// end steps over the lock time, behind which there is nothing.
func (w *walker) end() error {
	w.skip(4)
	if w.short || len(w.rest) > 0 {
		return fmt.Errorf("%w: no transaction", ErrShape)
	}
	return nil
}

func (w *walker) skip(n uint64) { w.take(n) }

func (w *walker) take(n uint64) (taken []byte) {
	if w.short || n > uint64(len(w.rest)) {
		w.short = true
		return nil
	}
	taken, w.rest = w.rest[:n], w.rest[n:]
	return taken
}

// count reads a number (Bitcoin's "CompactSize") of things of at least each
// bytes, and is 0 with short set when there is no room for so many.
func (w *walker) count(each uint64) uint64 {
	r := bytes.NewReader(w.rest)
	n, err := wire.ReadVarInt(r, 0)
	if w.short || err != nil || n > uint64(r.Len())/each {
		w.short = true
		return 0
	}
	w.rest = w.rest[len(w.rest)-r.Len():]
	return n
}
