package ots

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	//lint:ignore SA1019 the format has had this hash since its first day
	"golang.org/x/crypto/ripemd160"
	"golang.org/x/crypto/sha3"
)

// OpCode is the byte that stands for an operation in a proof.
type OpCode byte

// The operations. Source: python-opentimestamps core/op.py; Keccak256 from
// core/dubious/notary.py.
const (
	OpSHA1      OpCode = 0x02
	OpRIPEMD160 OpCode = 0x03
	OpSHA256    OpCode = 0x08
	OpKeccak256 OpCode = 0x67 // as Ethereum uses it, not SHA-3
	OpAppend    OpCode = 0xf0
	OpPrepend   OpCode = 0xf1
	OpReverse   OpCode = 0xf2
	OpHexlify   OpCode = 0xf3 // lower case
)

// String is the name that "info" prints.
func (c OpCode) String() string {
	switch c {
	case OpSHA1:
		return "sha1"
	case OpRIPEMD160:
		return "ripemd160"
	case OpSHA256:
		return "sha256"
	case OpKeccak256:
		return "keccak256"
	case OpAppend:
		return "append"
	case OpPrepend:
		return "prepend"
	case OpReverse:
		return "reverse"
	case OpHexlify:
		return "hexlify"
	}
	return fmt.Sprintf("op 0x%02x", byte(c))
}

// NewHash returns the running hash of a hash operation, to digest a file as a
// stream. Errors: ErrNotHash.
func (c OpCode) NewHash() (hash.Hash, error) {
	switch c {
	case OpSHA1:
		return sha1.New(), nil
	case OpRIPEMD160:
		return ripemd160.New(), nil
	case OpSHA256:
		return sha256.New(), nil
	case OpKeccak256:
		return sha3.NewLegacyKeccak256(), nil
	}
	return nil, fail(ErrNotHash, "%s", c)
}

// DigestSize is the length of what a hash operation makes, in bytes; 0 when
// the operation is not a hash.
func (c OpCode) DigestSize() int {
	switch c {
	case OpSHA1, OpRIPEMD160:
		return 20
	case OpSHA256, OpKeccak256:
		return 32
	}
	return 0
}

// hasArgument tells append and prepend from the rest.
func (c OpCode) hasArgument() bool { return c == OpAppend || c == OpPrepend }

// Op is one step from a message to the next. Arg is empty unless the code is
// OpAppend or OpPrepend, which need 1 to MaxArgument bytes. The bytes belong
// to the Op: do not change them.
type Op struct {
	Code OpCode
	Arg  []byte
}

// Append is the step that puts arg after the message.
func Append(arg []byte) Op { return Op{Code: OpAppend, Arg: arg} }

// Prepend is the step that puts arg before the message.
func Prepend(arg []byte) Op { return Op{Code: OpPrepend, Arg: arg} }

// SHA256 is the step that hashes the message.
func SHA256() Op { return Op{Code: OpSHA256} }

// String is the line that "info" prints: the name and the argument in
// hexadecimal.
func (o Op) String() string {
	if len(o.Arg) == 0 {
		return o.Code.String()
	}
	return o.Code.String() + " " + hex.EncodeToString(o.Arg)
}

// Compare orders steps as they are written: by code, then by argument.
func (o Op) Compare(p Op) int {
	return cmp.Or(cmp.Compare(o.Code, p.Code), bytes.Compare(o.Arg, p.Arg))
}

// check tells whether the step itself is well-formed, whatever the message.
// Errors: ErrUnknownOp, ErrEmptyArgument, ErrTooLong.
func (o Op) check() error {
	switch {
	case o.Code.hasArgument() && len(o.Arg) == 0:
		return fail(ErrEmptyArgument, "%s of nothing", o.Code)
	case o.Code.hasArgument() && len(o.Arg) > MaxArgument:
		return fail(ErrTooLong, "argument of %d bytes, at most %d", len(o.Arg), MaxArgument)
	case o.Code.hasArgument():
		return nil
	case o.Code == OpReverse, o.Code == OpHexlify, o.Code.DigestSize() > 0:
		if len(o.Arg) > 0 {
			return fail(ErrTooLong, "%s takes no argument", o.Code)
		}
		return nil
	}
	return fail(ErrUnknownOp, "0x%02x", byte(o.Code))
}

// Apply carries the step out and returns the new message, which shares no
// memory with msg. Errors: those of a malformed step (ErrUnknownOp,
// ErrEmptyArgument, ErrTooLong), and ErrMessage.
func (o Op) Apply(msg []byte) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(msg) > MaxMessage {
		return nil, fail(ErrMessage, "message of %d bytes, at most %d", len(msg), MaxMessage)
	}
	switch o.Code {
	case OpAppend, OpPrepend:
		if len(msg)+len(o.Arg) > MaxMessage {
			return nil, fail(ErrMessage, "%s makes %d bytes, at most %d", o.Code, len(msg)+len(o.Arg), MaxMessage)
		}
		if o.Code == OpAppend {
			return slices.Concat(msg, o.Arg), nil
		}
		return slices.Concat(o.Arg, msg), nil
	case OpReverse, OpHexlify:
		if len(msg) == 0 {
			return nil, fail(ErrMessage, "%s of nothing", o.Code)
		}
		if o.Code == OpReverse {
			out := slices.Clone(msg)
			slices.Reverse(out)
			return out, nil
		}
		if 2*len(msg) > MaxMessage {
			return nil, fail(ErrMessage, "hexlify makes %d bytes, at most %d", 2*len(msg), MaxMessage)
		}
		return hex.AppendEncode(nil, msg), nil
	case OpSHA256:
		sum := sha256.Sum256(msg)
		return sum[:], nil
	}
	h, err := o.Code.NewHash()
	if err != nil {
		return nil, err
	}
	h.Write(msg)
	return h.Sum(nil), nil
}
