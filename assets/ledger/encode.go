package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/assets"
)

// A stored coloring:
//
//	1 | protocol | verdict | why | marker+1 | issued | metadata | forks | ids | outputs | flows
//
// Numbers are unsigned varints, texts and bytes have their length before them,
// lists their count; an id is its place in the list of ids plus 1, or 0. The ends
// of flows are plus 1.
const coloringVersion = 1

var verdicts = []assets.Verdict{assets.None, assets.Valid, assets.Rejected, assets.Overflow, assets.Unsure}

func encodeColoring(c assets.Coloring) []byte {
	e := encoder{at: make(map[assets.ID]uint64)}
	var body encoder
	body.at = e.at
	body.number(uint64(len(c.Outputs)))
	for _, held := range c.Outputs {
		body.number(uint64(len(held)))
		for _, h := range held {
			body.id(h.Asset)
			body.number(uint64(h.Units))
		}
	}
	body.number(uint64(len(c.Flows)))
	for _, f := range c.Flows {
		body.id(f.Asset)
		body.number(uint64(f.From + 1))
		body.number(uint64(f.First))
		body.number(uint64(f.To + 1))
		body.number(uint64(f.Units))
	}
	var issued encoder
	issued.at, issued.ids = e.at, body.ids
	issued.id(c.Issued)

	e.number(coloringVersion)
	e.number(uint64(c.Protocol))
	for n, v := range verdicts {
		if v == c.Verdict {
			e.number(uint64(n))
		}
	}
	e.text([]byte(c.Why))
	e.number(uint64(c.Marker + 1))
	e.text(c.Metadata)
	e.number(uint64(len(c.Forks)))
	for _, f := range c.Forks {
		e.text([]byte(f))
	}
	e.number(uint64(len(issued.ids)))
	for _, id := range issued.ids {
		e.text(id.Raw())
	}
	e.b = append(e.b, issued.b...)
	return append(e.b, body.b...)
}

type encoder struct {
	b   []byte
	ids []assets.ID
	at  map[assets.ID]uint64
}

func (e *encoder) number(n uint64) { e.b = binary.AppendUvarint(e.b, n) }

func (e *encoder) text(t []byte) {
	e.number(uint64(len(t)))
	e.b = append(e.b, t...)
}

func (e *encoder) id(id assets.ID) {
	if id.IsZero() {
		e.number(0)
		return
	}
	n, known := e.at[id]
	if !known {
		e.ids = append(e.ids, id)
		n = uint64(len(e.ids))
		e.at[id] = n
	}
	e.number(n)
}

// decodeColoring undoes encodeColoring. Errors: db.ErrCorrupt.
func decodeColoring(raw []byte) (assets.Coloring, error) {
	d := decoder{rest: raw}
	c := d.coloring()
	if d.err == nil && len(d.rest) != 0 {
		d.err = errors.New("something follows")
	}
	if d.err != nil {
		return assets.Coloring{}, fmt.Errorf("%w: a colouring: %w", db.ErrCorrupt, d.err)
	}
	return c, nil
}

// decoder reads until the first thing that is wrong, and zeroes after that.
type decoder struct {
	rest []byte
	ids  []assets.ID
	err  error
}

var errShort = errors.New("cut off or not as it should be")

func (d *decoder) coloring() assets.Coloring {
	if d.number() != coloringVersion {
		d.fail()
	}
	c := assets.Coloring{Protocol: assets.Protocol(d.number())}
	if n := d.number(); n < uint64(len(verdicts)) {
		c.Verdict = verdicts[n]
	} else {
		d.fail()
	}
	c.Why = string(d.text())
	c.Marker = d.index()
	if m := d.text(); len(m) > 0 {
		c.Metadata = m
	}
	for range d.count() {
		c.Forks = append(c.Forks, assets.Reading(d.text()))
	}
	for range d.count() {
		id, err := assets.NewID(c.Protocol, d.text())
		if err != nil {
			d.fail()
		}
		d.ids = append(d.ids, id)
	}
	c.Issued = d.id()
	c.Outputs = make([][]assets.Holding, d.count())
	for i := range c.Outputs {
		for range d.count() {
			c.Outputs[i] = append(c.Outputs[i], assets.Holding{Asset: d.id(), Units: int64(d.number())})
		}
	}
	for range d.count() {
		c.Flows = append(c.Flows, assets.Flow{Asset: d.id(), From: d.index(), First: int64(d.number()), To: d.index(), Units: int64(d.number())})
	}
	return c
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = errShort
	}
	d.rest = nil
}

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

// count is the length of a list, each part of which takes a byte at least.
func (d *decoder) count() int {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.fail()
		return 0
	}
	return int(n)
}

// index is a place from 0, or -1.
func (d *decoder) index() int {
	n := d.number()
	if n > 1<<31 {
		d.fail()
		return -1
	}
	return int(n) - 1
}

func (d *decoder) text() []byte {
	n := d.count()
	t := append([]byte{}, d.rest[:n]...)
	d.rest = d.rest[n:]
	return t
}

func (d *decoder) id() assets.ID {
	n := d.number()
	if n == 0 {
		return assets.ID{}
	}
	if n > uint64(len(d.ids)) {
		d.fail()
		return assets.ID{}
	}
	return d.ids[n-1]
}
