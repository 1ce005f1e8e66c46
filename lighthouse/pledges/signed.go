package pledges

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"cairn/chain/rawtx"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/wire"
)

// offer is a submission, understood.
type offer struct {
	submission Submission
	campaign   lighthouse.Campaign
	at         wire.OutPoint
	script     []byte // a hint: what the submission says the coin's is
	signed     map[int]contract.Pledge
	proof      [sha256.Size]byte // of signed, as the owner sent it
	funding    *wire.MsgTx
	refund     *wire.MsgTx

	// What was found and checked.
	coin   contract.Coin
	kind   contract.Kind
	weight int64
}

// read parses a submission and takes the pledges out, without looking at any
// coin or signature. Errors: ErrLevels, ErrTooLarge, contract.ErrPSBT and those
// of contract.Open.
func read(c lighthouse.Campaign, s Submission) (*offer, error) {
	o := &offer{submission: s, campaign: c, script: s.Script, signed: make(map[int]contract.Pledge)}
	for _, level := range slices.Sorted(maps.Keys(s.Signed)) {
		if level < 0 || level >= len(c.Terms.Levels) || c.Terms.Levels[level].Contract == nil {
			return nil, fmt.Errorf("%w: there is no level %d", ErrLevels, level)
		}
		p, script, err := readSigned(c.Terms.Levels[level].Contract, s.Signed[level], s.Script)
		if err != nil {
			return nil, fmt.Errorf("level %d: %w", level, err)
		}
		if len(o.signed) > 0 && p.OutPoint != o.at {
			return nil, fmt.Errorf("%w: %s and %s", ErrLevels, o.at, p.OutPoint)
		}
		o.at, o.signed[level] = p.OutPoint, p
		if len(o.script) == 0 {
			o.script = script
		}
	}
	o.proof = proofOf(o.signed)
	var err error
	if o.funding, err = readOptional(s.Funding); err != nil {
		return nil, fmt.Errorf("the transaction that makes the coin: %w", err)
	}
	if o.funding != nil && o.funding.TxHash() != o.at.Hash {
		return nil, fmt.Errorf("%w: the transaction that came with it makes other coins", lighthouse.ErrNoCoin)
	}
	if o.refund, err = readOptional(s.Refund); err != nil {
		return nil, fmt.Errorf("%w: %w", contract.ErrRefund, err)
	}
	return o, nil
}

// readSigned takes the pledge out of a transaction or a PSBT, with the script
// that the latter says the coin has; hint is what is said beside it.
func readSigned(c *contract.Contract, text, hint []byte) (contract.Pledge, []byte, error) {
	raw, err := fromText(text, contract.MaxPSBT)
	if err != nil {
		return contract.Pledge{}, nil, err
	}
	var tx *wire.MsgTx
	var script []byte
	if bytes.HasPrefix(raw, psbtMagic) {
		var said contract.Coin
		tx, err = contract.FromPSBT(raw, func(at wire.OutPoint) (contract.Coin, error) {
			if said, err = contract.SaidCoin(raw, at); err != nil && len(hint) > 0 {
				said, err = contract.Coin{Script: hint}, nil
			}
			return said, err
		})
		script = said.Script
	} else {
		tx, err = readTx(raw)
	}
	if err != nil {
		return contract.Pledge{}, nil, err
	}
	p, err := c.Open(tx)
	return p, script, err
}

var psbtMagic = []byte("psbt\xff")

// fromText undoes hexadecimal or base64, where that is what it is; most is the
// bound of the bytes. Errors: ErrTooLarge.
func fromText(text []byte, most int) ([]byte, error) {
	if len(text) > 2*most+2 {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(text))
	}
	raw := text
	if !bytes.HasPrefix(text, psbtMagic) {
		bare := bytes.Join(bytes.Fields(text), nil)
		if decoded, err := hex.DecodeString(string(bare)); err == nil {
			raw = decoded
		} else if decoded, err := base64.StdEncoding.DecodeString(string(bare)); err == nil {
			raw = decoded
		}
	}
	if len(raw) > most {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(raw), most)
	}
	return raw, nil
}

// readOptional is the transaction in text, or nil where there is none.
func readOptional(text []byte) (*wire.MsgTx, error) {
	if len(text) == 0 {
		return nil, nil
	}
	raw, err := fromText(text, maxSigned)
	if err != nil {
		return nil, err
	}
	return readTx(raw)
}

// readTx reads one whole transaction. Errors: contract.ErrPSBT.
func readTx(raw []byte) (*wire.MsgTx, error) {
	if len(raw) > maxSigned {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(raw), maxSigned)
	}
	tx, err := rawtx.Read(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: neither a transaction nor a PSBT: %w", contract.ErrPSBT, err)
	}
	return tx, nil
}

// proofOf is the SHA-256 of what was signed: whoever brings the same again is
// taken for the one who brought it first.
func proofOf(signed map[int]contract.Pledge) [sha256.Size]byte {
	h := sha256.New()
	write := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
		h.Write(b)
	}
	for _, level := range slices.Sorted(maps.Keys(signed)) {
		p := signed[level]
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(level)))
		h.Write(p.OutPoint.Hash[:])
		h.Write(binary.BigEndian.AppendUint32(nil, p.OutPoint.Index))
		h.Write(binary.BigEndian.AppendUint32(nil, p.Sequence))
		write(p.SignatureScript)
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p.Witness))))
		for _, item := range p.Witness {
			write(item)
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}
