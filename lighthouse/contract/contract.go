package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Limits of a contract.
const (
	// MaxOutputs bounds the beneficiaries; five P2TR outputs cost the room of
	// about three pledges.
	MaxOutputs = 20
	// Version is the transaction version that is signed, and SmallVersion that
	// of a claim of at most SmallWeight whose fee a child can pay alone
	// (BIP-0431).
	Version, SmallVersion = 2, 3
	// MaxWeight is the weight of the largest standard transaction, and
	// SmallWeight that of version 3.
	MaxWeight, SmallWeight = 400_000, 40_000

	maxSize = 2_000 // bytes of an encoded contract: 20 outputs of the longest kind
)

// Contract is what every pledge of a campaign signs: a transaction without its
// inputs. Nothing of it can change without making all pledges void.
type Contract struct {
	Version int32
	// LockTime is the block height, or from 500,000,000 on the Unix time,
	// before which the claim cannot be mined; 0 for any time.
	LockTime uint32
	Outputs  []Output
}

// Output is one beneficiary's share.
type Output struct {
	Value  btcutil.Amount
	Script []byte
}

// ID is the SHA-256 of an encoded contract.
type ID [sha256.Size]byte

// New makes a contract that pays outputs in this order. Errors: ErrContract,
// ErrDust.
func New(version int32, lockTime uint32, outputs []Output) (*Contract, error) {
	c := &Contract{Version: version, LockTime: lockTime}
	for _, o := range outputs {
		c.Outputs = append(c.Outputs, Output{o.Value, slices.Clone(o.Script)})
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Contract) check() error {
	if c.Version != Version && c.Version != SmallVersion {
		return fmt.Errorf("%w: version %d", ErrContract, c.Version)
	}
	if len(c.Outputs) == 0 || len(c.Outputs) > MaxOutputs {
		return fmt.Errorf("%w: %d outputs, 1 to %d are possible", ErrContract, len(c.Outputs), MaxOutputs)
	}
	var sum btcutil.Amount
	for i, o := range c.Outputs {
		dust, err := dustLimit(o.Script)
		if err != nil {
			return fmt.Errorf("%w: output %d pays to an unusual script", ErrContract, i)
		}
		if o.Value < dust {
			return fmt.Errorf("%w: output %d of %d sat, the least is %d", ErrDust, i, int64(o.Value), int64(dust))
		}
		if o.Value > btcutil.MaxSatoshi || sum+o.Value > btcutil.MaxSatoshi {
			return fmt.Errorf("%w: more than all the money there is", ErrContract)
		}
		sum += o.Value
	}
	return nil
}

// dustLimit is the least value of an output that nodes relay: three times what
// it costs, at 1 sat/vB, to make and to spend it (Bitcoin Core, GetDustThreshold).
func dustLimit(script []byte) (btcutil.Amount, error) {
	spend := 148
	switch class := txscript.GetScriptClass(script); class {
	case txscript.PubKeyHashTy, txscript.ScriptHashTy:
	case txscript.WitnessV0PubKeyHashTy, txscript.WitnessV0ScriptHashTy, txscript.WitnessV1TaprootTy:
		spend = 67
	default:
		return 0, fmt.Errorf("%w: %s", ErrScriptType, class)
	}
	return btcutil.Amount(3 * (8 + 1 + len(script) + spend)), nil
}

// Net is what the beneficiaries get.
func (c *Contract) Net() btcutil.Amount {
	var sum btcutil.Amount
	for _, o := range c.Outputs {
		sum += o.Value
	}
	return sum
}

// Limit is the most a claim may weigh.
func (c *Contract) Limit() int64 {
	if c.Version == SmallVersion {
		return SmallWeight
	}
	return MaxWeight
}

// Encode is the claim transaction without inputs, in the serialisation without
// witnesses: version, no inputs, outputs, lock time.
func (c *Contract) Encode() []byte {
	var b bytes.Buffer
	_ = c.claim(nil).SerializeNoWitness(&b) // a buffer takes everything
	return b.Bytes()
}

// ID names the contract.
func (c *Contract) ID() ID { return sha256.Sum256(c.Encode()) }

// OutputsHash is what pledges for segwit coins sign of the outputs (hashOutputs
// of BIP-0143). No two campaigns may share it: their pledges could be taken
// together, and all but one goal would go to the miners.
func (c *Contract) OutputsHash() chainhash.Hash {
	var b bytes.Buffer
	for _, o := range c.claim(nil).TxOut {
		_ = wire.WriteTxOut(&b, 0, 0, o) // a buffer takes everything
	}
	return chainhash.DoubleHashH(b.Bytes())
}

// claim is the contract's transaction with these inputs.
func (c *Contract) claim(inputs []*wire.TxIn) *wire.MsgTx {
	tx := wire.NewMsgTx(c.Version)
	tx.LockTime = c.LockTime
	tx.TxIn = inputs
	for _, o := range c.Outputs {
		tx.AddTxOut(wire.NewTxOut(int64(o.Value), o.Script))
	}
	return tx
}

// Decode reads an encoded contract. Errors: ErrContract, ErrDust.
func Decode(raw []byte) (*Contract, error) {
	if len(raw) > maxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrContract, len(raw))
	}
	// wire reads two bytes 00 01 as the mark of a transaction with witnesses, so
	// the few fields are read here.
	r := bytes.NewReader(raw)
	var version, lockTime [4]byte
	if _, err := io.ReadFull(r, version[:]); err != nil {
		return nil, fmt.Errorf("%w: it ends early", ErrContract)
	}
	if inputs, err := r.ReadByte(); err != nil || inputs != 0 {
		return nil, fmt.Errorf("%w: it has inputs", ErrContract)
	}
	count, err := wire.ReadVarInt(r, 0)
	if err != nil || count > MaxOutputs {
		return nil, fmt.Errorf("%w: too many outputs", ErrContract)
	}
	c := &Contract{Version: int32(binary.LittleEndian.Uint32(version[:]))}
	for range count {
		var value [8]byte
		if _, err := io.ReadFull(r, value[:]); err != nil {
			return nil, fmt.Errorf("%w: it ends early", ErrContract)
		}
		script, err := wire.ReadVarBytes(r, 0, maxSize, "script")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrContract, err)
		}
		c.Outputs = append(c.Outputs, Output{btcutil.Amount(binary.LittleEndian.Uint64(value[:])), script})
	}
	if _, err := io.ReadFull(r, lockTime[:]); err != nil {
		return nil, fmt.Errorf("%w: it ends early", ErrContract)
	}
	c.LockTime = binary.LittleEndian.Uint32(lockTime[:])
	if r.Len() > 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", ErrContract, r.Len())
	}
	return c, c.check()
}

// Need is what the pledges must bring in besides their own part of the fee: the
// outputs and the fixed part of the transaction, at a fee rate, for up to so
// many inputs.
func (c *Contract) Need(rate chain.FeeRate, inputs int) btcutil.Amount {
	return c.Net() + rate.Fee(c.fixedWeight(inputs))
}

// Room is the most that so many inputs may weigh together.
func (c *Contract) Room(inputs int) int64 { return c.Limit() - c.fixedWeight(inputs) }

// fixedWeight is the weight of the claim without its inputs, in the
// serialisation with witnesses.
func (c *Contract) fixedWeight(inputs int) int64 {
	size := 4 + wire.VarIntSerializeSize(uint64(inputs)) + wire.VarIntSerializeSize(uint64(len(c.Outputs))) + 4
	for _, o := range c.Outputs {
		size += 8 + wire.VarIntSerializeSize(uint64(len(o.Script))) + len(o.Script)
	}
	return 4*int64(size) + 2
}
