package pledges

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

type pledgeRecord struct {
	Number      int64 `gorm:"primaryKey;autoIncrement"`
	ID          []byte
	Campaign    []byte
	Outpoint    []byte
	KeyHash     []byte
	Proof       []byte
	ValueSat    int64
	Script      []byte
	Kind        contract.Kind
	Weight      int64
	Goal        bool
	Firm        bool
	Levels      int64
	Refund      []byte
	Name        string
	Message     string
	Door        lighthouse.Door
	Client      string
	MadeAt      int64
	MadeHeight  int32
	State       lighthouse.CoinState
	Height      *int32
	BlockHash   []byte
	SpentTxid   []byte
	SpentHeight *int32
	SpentHash   []byte
	Replaces    []byte
	Replaced    bool
}

func (pledgeRecord) TableName() string { return "pledges" }

type signatureRecord struct {
	Pledge          int64 `gorm:"primaryKey;autoIncrement:false"`
	Level           int   `gorm:"primaryKey;autoIncrement:false"`
	Sequence        int64
	SignatureScript []byte
	Witness         []byte
	Weight          int64
}

func (signatureRecord) TableName() string { return "pledge_signatures" }

func (r pledgeRecord) id() lighthouse.PledgeID { return lighthouse.PledgeID(r.ID) }

// label is under which the coin is watched.
func label(id lighthouse.PledgeID) string { return "pledge/" + id.String() }

// outpoint is the coin's name. Errors: db.ErrCorrupt.
func (r pledgeRecord) outpoint() (wire.OutPoint, error) {
	hash, index, ok := db.ParseOutpointKey(r.Outpoint)
	if !ok {
		return wire.OutPoint{}, fmt.Errorf("%w: the coin of pledge %x", db.ErrCorrupt, r.ID)
	}
	return wire.OutPoint{Hash: hash, Index: index}, nil
}

// pledge is a record as others see it. Of signatures it has the levels only; see
// withSignatures.
func (r pledgeRecord) pledge() (lighthouse.Pledge, error) {
	at, err := r.outpoint()
	if err != nil {
		return lighthouse.Pledge{}, err
	}
	p := lighthouse.Pledge{
		ID: r.id(), Campaign: lighthouse.ID(r.Campaign), Outpoint: at,
		Coin: contract.Coin{Value: btcutil.Amount(r.ValueSat), Script: r.Script},
		Kind: r.Kind, Weight: r.Weight, Signed: make(map[int]contract.Pledge),
		Name: r.Name, Message: r.Message, Door: r.Door, At: time.Unix(r.MadeAt, 0).UTC(), State: r.State, Replaced: r.Replaced,
	}
	for level := range maxLevels {
		if r.Levels&(1<<level) != 0 {
			p.Signed[level] = contract.Pledge{OutPoint: at}
		}
	}
	if len(r.Refund) > 0 {
		p.Refund = wire.NewMsgTx(0)
		if err := p.Refund.Deserialize(bytes.NewReader(r.Refund)); err != nil {
			return lighthouse.Pledge{}, fmt.Errorf("%w: the refund of pledge %x: %w", db.ErrCorrupt, r.ID, err)
		}
	}
	p.Created = blockRef(r.Height, r.BlockHash)
	p.SpentAt = blockRef(r.SpentHeight, r.SpentHash)
	if len(r.SpentTxid) == chainhash.HashSize {
		p.SpentBy = chainhash.Hash(r.SpentTxid)
	}
	return p, nil
}

func blockRef(height *int32, hash []byte) chain.BlockRef {
	if height == nil || len(hash) != chainhash.HashSize {
		return chain.BlockRef{}
	}
	return chain.BlockRef{Height: *height, Hash: chainhash.Hash(hash)}
}

// signature is how a signed input is stored.
func signature(number int64, level int, p contract.Pledge) (signatureRecord, error) {
	witness, err := encodeWitness(p.Witness)
	if err != nil {
		return signatureRecord{}, err
	}
	return signatureRecord{
		Pledge: number, Level: level, Sequence: int64(p.Sequence),
		SignatureScript: append([]byte{}, p.SignatureScript...), Witness: witness, Weight: p.Weight(),
	}, nil
}

func (r signatureRecord) signed(at wire.OutPoint) (contract.Pledge, error) {
	witness, err := decodeWitness(r.Witness)
	if err != nil {
		return contract.Pledge{}, fmt.Errorf("%w: a signature of pledge %d: %w", db.ErrCorrupt, r.Pledge, err)
	}
	p := contract.Pledge{OutPoint: at, Sequence: uint32(r.Sequence), Witness: witness}
	if len(r.SignatureScript) > 0 {
		p.SignatureScript = r.SignatureScript
	}
	return p, nil
}

// encodeWitness is the serialisation of BIP-0144.
func encodeWitness(w wire.TxWitness) ([]byte, error) {
	var b bytes.Buffer
	if err := wire.WriteVarInt(&b, 0, uint64(len(w))); err != nil {
		return nil, err
	}
	for _, item := range w {
		if err := wire.WriteVarBytes(&b, 0, item); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

func decodeWitness(raw []byte) (wire.TxWitness, error) {
	r := bytes.NewReader(raw)
	count, err := wire.ReadVarInt(r, 0)
	if err != nil || count > 100 {
		return nil, errors.New("a witness that cannot be read")
	}
	var witness wire.TxWitness
	for range count {
		item, err := wire.ReadVarBytes(r, 0, maxSigned, "witness item")
		if err != nil {
			return nil, err
		}
		witness = append(witness, item)
	}
	return witness, nil
}

// withSignatures fills in what the pledges sign.
func withSignatures(tx *gorm.DB, rows []pledgeRecord, levels ...int) ([]lighthouse.Pledge, error) {
	out := make([]lighthouse.Pledge, len(rows))
	at := make(map[int64]int, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.pledge(); err != nil {
			return nil, err
		}
		at[r.Number] = i
		if len(levels) > 0 {
			clear(out[i].Signed)
		}
	}
	for start := 0; start < len(rows); start += lookup {
		batch := rows[start:min(start+lookup, len(rows))]
		numbers := make([]int64, len(batch))
		for i, r := range batch {
			numbers[i] = r.Number
		}
		query := tx.Where("pledge IN ?", numbers)
		if len(levels) > 0 {
			query = query.Where("level IN ?", levels)
		}
		var signatures []signatureRecord
		if err := query.Find(&signatures).Error; err != nil {
			return nil, fmt.Errorf("read the signatures of pledges: %w", db.Classify(err))
		}
		for _, s := range signatures {
			p := &out[at[s.Pledge]]
			signed, err := s.signed(p.Outpoint)
			if err != nil {
				return nil, err
			}
			p.Signed[s.Level] = signed
		}
	}
	return out, nil
}

// lookup is how many keys one query asks for.
const lookup = 1000

// one reads a pledge. Errors: lighthouse.ErrUnknownPledge.
func one(query *gorm.DB) (pledgeRecord, error) {
	var r pledgeRecord
	err := query.Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, lighthouse.ErrUnknownPledge
	}
	if err != nil {
		return r, fmt.Errorf("read a pledge: %w", db.Classify(err))
	}
	return r, nil
}
