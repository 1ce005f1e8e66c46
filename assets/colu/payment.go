package colu

import (
	"fmt"
)

// Bits of a payment's first byte (cc-payment-encoder); the other five are its
// output.
const (
	skipFlag    = 0x80
	rangeFlag   = 0x40
	percentFlag = 0x20
	outputMask  = 0x1f
	// burnOutput is no output in a burn, but the end of units
	// (cc-burn-payment-encoder).
	burnOutput = 0x1f
)

// The highest outputs that can be addressed; a range has 13 bits for it.
const (
	maxOutput      = 31
	maxRangeOutput = 1<<13 - 1
)

// Payment is an instruction: so many units, from the input on, to the output.
type Payment struct {
	// Input is the first that it may take units of.
	Input int
	// Output is where they go; nothing in a payment with Burn.
	Output int
	// Units are 0 to 2^63-1; a payment of 0 does nothing. Huge says that it is over
	// 2^63-1, which can be read and not be written.
	Units int64
	Huge  bool
	// Burn destroys the units; in a burn only.
	Burn bool
	// Range would pay all outputs up to Output, Percent a share: read, and never
	// paid (cc-get-assets-outputs).
	Range, Percent bool
}

// step is a payment as it is written: where the next one starts is a bit of it.
type step struct {
	Payment
	skip bool
}

// appendTo writes the payment. Errors: ErrOutput, ErrAmount.
func (s step) appendTo(b []byte, burns bool) ([]byte, error) {
	output := s.Output
	if s.Burn {
		output = burnOutput
	}
	switch {
	case s.Burn && (!burns || s.Range):
		return nil, fmt.Errorf("%w: to burn is another operation", ErrOutput)
	case output < 0, s.Range && output > maxRangeOutput, !s.Range && output > maxOutput:
		return nil, fmt.Errorf("%w: %d", ErrOutput, output)
	case burns && !s.Burn && !s.Range && output == burnOutput:
		return nil, fmt.Errorf("%w: in a burn %d is the end of units", ErrOutput, output)
	}
	var first byte
	if s.skip {
		first |= skipFlag
	}
	if s.Range {
		first |= rangeFlag | byte(output>>8)
	} else {
		first |= byte(output)
	}
	if s.Percent {
		first |= percentFlag
	}
	b = append(b, first)
	if s.Range {
		b = append(b, byte(output))
	}
	return appendSFFC(b, s.Units)
}

// readStep reads a payment from the front of b, which is not empty. One that is
// cut off is read from the bytes that are there, like everywhere in the packages.
func readStep(b []byte, burns bool) (s step, rest []byte) {
	first := b[0]
	rest = b[1:]
	s.skip = first&skipFlag != 0
	s.Range = first&rangeFlag != 0
	s.Percent = first&percentFlag != 0
	s.Output = int(first & outputMask)
	if s.Range && len(rest) > 0 {
		s.Output = s.Output<<8 | int(rest[0])
		rest = rest[1:]
	}
	if burns && !s.Range && s.Output == burnOutput {
		s.Burn, s.Output = true, 0
	}
	n, rest := readSFFC(rest)
	s.Units, s.Huge = n.value, n.huge
	return s, rest
}

// readPayments reads all of b.
func readPayments(b []byte, burns bool) (payments []Payment) {
	input := 0
	for len(b) > 0 {
		var s step
		s, b = readStep(b, burns)
		s.Input = input
		payments = append(payments, s.Payment)
		if s.skip {
			input++
		}
	}
	return payments
}

// appendPayments writes payments that go through the inputs one by one from the
// first. Errors: ErrInput, ErrOutput, ErrAmount.
func appendPayments(b []byte, payments []Payment, burns bool) (_ []byte, err error) {
	for i, p := range payments {
		s := step{Payment: p}
		if i == 0 && p.Input != 0 {
			return nil, fmt.Errorf("%w: the first is for input %d", ErrInput, p.Input)
		}
		if i+1 < len(payments) {
			switch payments[i+1].Input - p.Input {
			case 0:
			case 1:
				s.skip = true
			default:
				return nil, fmt.Errorf("%w: %d after %d", ErrInput, payments[i+1].Input, p.Input)
			}
		}
		if b, err = s.appendTo(b, burns); err != nil {
			return nil, err
		}
	}
	return b, nil
}
