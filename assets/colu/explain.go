package colu

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/wire"

	"cairn/assets"
)

// The names of a payload's parts, as Explain has them.
const (
	FieldTag      = "tag"      // "CC"
	FieldVersion  = "version"  // a number
	FieldOpcode   = "opcode"   // two hexadecimal digits
	FieldInfoHash = "infohash" // hexadecimal
	FieldSHA256   = "sha256"   // hexadecimal
	FieldAmount   = "amount"   // units issued
	FieldPayment  = "payment"  // "5 units, output 2", "burn 5 units", with ", percent", ", range", ", next input"
	FieldFlags    = "flags"    // "aggregatable, 2 decimals, locked"
)

// Explain takes the payload apart: From and To are bytes of the script of the
// output that Find gives. It is nil where there is no payload that can be read.
func Explain(tx *wire.MsgTx) []assets.Field {
	p, output, err := Find(tx)
	if p == nil || err != nil {
		return nil
	}
	script := tx.TxOut[output].PkScript
	from, to, _ := pushed(script)
	e := explainer{script: script, at: from, end: to}
	e.take(2, FieldTag, "CC")
	e.take(1, FieldVersion, strconv.Itoa(int(p.Version)))
	e.take(1, FieldOpcode, fmt.Sprintf("%02x", p.Opcode))
	if p.Kind == Issuance {
		e.end--
	}
	switch p.hashes() {
	case allInside:
		e.hash(sha1.Size, FieldInfoHash)
		e.hash(sha256.Size, FieldSHA256)
	case sha256Outside, infoHashOnly, infoHashNoRul:
		e.hash(sha1.Size, FieldInfoHash)
	}
	if p.Kind == Issuance {
		_, rest := readSFFC(e.rest())
		e.take(len(e.rest())-len(rest), FieldAmount, strconv.FormatInt(p.Units, 10))
	}
	for e.at < e.end {
		s, rest := readStep(e.rest(), p.Kind == Burning)
		e.take(len(e.rest())-len(rest), FieldPayment, s.String())
	}
	if p.Kind == Issuance {
		e.end++
		e.take(1, FieldFlags, p.Traits.String())
	}
	return e.fields
}

// explainer goes through a script's payload.
type explainer struct {
	script  []byte
	at, end int
	fields  []assets.Field
}

func (e *explainer) rest() []byte { return e.script[e.at:e.end] }

func (e *explainer) take(n int, name, value string) {
	n = min(n, e.end-e.at)
	if n > 0 {
		e.fields = append(e.fields, assets.Field{From: e.at, To: e.at + n, Name: name, Value: value})
	}
	e.at += n
}

func (e *explainer) hash(n int, name string) {
	e.take(n, name, hex.EncodeToString(e.rest()[:min(n, len(e.rest()))]))
}

// String is the step as FieldPayment has it.
func (s step) String() string {
	parts := []string{fmt.Sprintf("%d units", s.Units), fmt.Sprintf("output %d", s.Output)}
	if s.Burn {
		parts = []string{fmt.Sprintf("burn %d units", s.Units)}
	}
	if s.Range {
		parts = append(parts, "range")
	}
	if s.Percent {
		parts = append(parts, "percent")
	}
	if s.skip {
		parts = append(parts, "next input")
	}
	return strings.Join(parts, ", ")
}

// String is the traits as FieldFlags has them.
func (t Traits) String() string {
	out := fmt.Sprintf("%s, %d decimals", t.Policy, t.Divisibility)
	if t.Locked {
		out += ", locked"
	}
	return out
}
