package document

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/wire"
)

// psbtMagic begins a PSBT (BIP-0174), and its base64 form.
var (
	psbtMagic  = []byte("psbt\xff")
	psbtBase64 = []byte("cHNidP")
)

// ReadPledge reads a pledge in whatever form a wallet gives it: a file of Cairn;
// a PSBT, binary, in base64 or in hexadecimal; or a transaction that consists of
// the pledge alone (Lighthouse's form) in hexadecimal. Of the last two there may
// be several, one on a line, for several levels; all must spend the same coin.
// Errors: ErrFile, ErrVersion, ErrSize, ErrContents.
func ReadPledge(raw []byte) (Pledge, error) {
	if len(raw) > MaxPledge {
		return Pledge{}, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(raw), MaxPledge)
	}
	if bytes.HasPrefix(raw, psbtMagic) {
		return one(Signed{psbt: raw})
	}
	text := bytes.TrimSpace(raw)
	if bytes.HasPrefix(text, []byte("{")) {
		return readPledgeFile(raw)
	}
	var all []Signed
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(all) == maxLevels {
			return Pledge{}, fmt.Errorf("%w: more than %d levels", ErrFile, maxLevels)
		}
		s, err := readLine(line)
		if err != nil {
			return Pledge{}, err
		}
		all = append(all, s)
	}
	return one(all...)
}

// readLine reads a transaction or a PSBT in letters.
func readLine(line []byte) (Signed, error) {
	if bytes.HasPrefix(line, psbtBase64) {
		raw, err := base64.StdEncoding.DecodeString(string(line))
		if err != nil {
			return Signed{}, fmt.Errorf("%w: base64: %w", ErrFile, err)
		}
		return Signed{psbt: raw}, nil
	}
	raw, err := hex.DecodeString(string(line))
	if err != nil {
		return Signed{}, fmt.Errorf("%w: neither a file of Cairn, nor a PSBT, nor a transaction", ErrFile)
	}
	if bytes.HasPrefix(raw, psbtMagic) {
		return Signed{psbt: raw}, nil
	}
	tx, err := readTx(raw)
	return Signed{tx: tx}, err
}

// one makes a pledge of what signs one coin.
func one(all ...Signed) (Pledge, error) {
	if len(all) == 0 {
		return Pledge{}, fmt.Errorf("%w: it is empty", ErrFile)
	}
	p := Pledge{Signed: all}
	for i, s := range all {
		at, coin, err := s.spends()
		if err != nil {
			return Pledge{}, err
		}
		if i > 0 && at != p.Outpoint {
			return Pledge{}, fmt.Errorf("%w: it spends several coins", ErrContents)
		}
		p.Outpoint = at
		if p.Coin.Script == nil {
			p.Coin = coin
		}
	}
	return p, nil
}

// spends is the coin that is signed for, with what a PSBT says of it.
func (s Signed) spends() (wire.OutPoint, contract.Coin, error) {
	if s.tx == nil {
		at, coin, err := contract.SignedFor(s.psbt)
		if err != nil {
			return at, coin, fmt.Errorf("%w: %w", ErrFile, err)
		}
		return at, coin, nil
	}
	if len(s.tx.TxIn) != 1 {
		return wire.OutPoint{}, contract.Coin{}, fmt.Errorf("%w: it has %d inputs instead of one", ErrFile, len(s.tx.TxIn))
	}
	return s.tx.TxIn[0].PreviousOutPoint, contract.Coin{}, nil
}
