package claim

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/app/db/outbox"
	"cairn/chain"
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type claimRecord struct {
	Campaign []byte `gorm:"primaryKey"`
	State    lighthouse.ClaimState
	Current  int64
	Trouble  string
	Version  int64
}

func (claimRecord) TableName() string { return "claims" }

func (r claimRecord) id() lighthouse.ID { return lighthouse.ID(r.Campaign) }

type attemptRecord struct {
	Campaign   []byte `gorm:"primaryKey"`
	Number     int64  `gorm:"primaryKey;autoIncrement:false"`
	OutboxKey  *string
	Txid       []byte
	Raw        []byte
	Level      int
	FeeSat     int64
	Weight     int64
	Pledges    []byte
	Reason     Reason
	Gone       int
	MadeAt     int64
	MadeHeight int32
	Height     *int32
	BlockHash  []byte
}

func (attemptRecord) TableName() string { return "claim_attempts" }

func (r attemptRecord) txid() chainhash.Hash { return chainhash.Hash(r.Txid) }

// key is that of its entry in the outbox, or empty.
func (r attemptRecord) key() string {
	if r.OutboxKey == nil {
		return ""
	}
	return *r.OutboxKey
}

// keyOf names an attempt to the outbox.
func keyOf(id lighthouse.ID, number int64) string { return fmt.Sprintf("claim/%s/%d", id, number) }

// tx decodes the transaction. Errors: db.ErrCorrupt.
func (r attemptRecord) tx() (*wire.MsgTx, error) {
	tx := wire.NewMsgTx(0)
	if err := tx.Deserialize(bytes.NewReader(r.Raw)); err != nil {
		return nil, fmt.Errorf("%w: attempt %d of claim %x: %w", db.ErrCorrupt, r.Number, r.Campaign, err)
	}
	return tx, nil
}

// pledges are those of the inputs, in their order. Errors: db.ErrCorrupt.
func (r attemptRecord) pledges() ([]lighthouse.PledgeID, error) {
	const size = len(lighthouse.PledgeID{})
	if len(r.Pledges)%size != 0 {
		return nil, fmt.Errorf("%w: the pledges of attempt %d of claim %x", db.ErrCorrupt, r.Number, r.Campaign)
	}
	out := make([]lighthouse.PledgeID, len(r.Pledges)/size)
	for i := range out {
		out[i] = lighthouse.PledgeID(r.Pledges[i*size:])
	}
	return out, nil
}

func (r attemptRecord) block() chain.BlockRef {
	if r.Height == nil {
		return chain.BlockRef{}
	}
	return chain.BlockRef{Height: *r.Height, Hash: chainhash.Hash(r.BlockHash)}
}

// claim is an attempt as others see it.
func (r attemptRecord) claim(state lighthouse.ClaimState, attempts int) (lighthouse.Claim, error) {
	tx, err := r.tx()
	if err != nil {
		return lighthouse.Claim{}, err
	}
	pledges, err := r.pledges()
	if err != nil {
		return lighthouse.Claim{}, err
	}
	return lighthouse.Claim{
		Campaign: lighthouse.ID(r.Campaign), State: state, Level: r.Level, Tx: tx, Pledges: pledges,
		Fee: btcutil.Amount(r.FeeSat), Weight: r.Weight, Rate: rateOf(btcutil.Amount(r.FeeSat), r.Weight),
		Attempts: attempts, At: time.Unix(r.MadeAt, 0).UTC(), Block: r.block(),
	}, nil
}

// rateOf is what a transaction pays, rounded up.
func rateOf(fee btcutil.Amount, weight int64) chain.FeeRate {
	return chain.FeeRate((int64(fee)*1000 + weight - 1) / weight)
}

// loadClaim reads the claim of a campaign. Errors: ErrNone.
func loadClaim(tx *gorm.DB, id lighthouse.ID) (claimRecord, error) {
	var r claimRecord
	err := tx.Where("campaign = ?", id[:]).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, fmt.Errorf("%w: %s", ErrNone, id)
	}
	if err != nil {
		return r, fmt.Errorf("read the claim of %s: %w", id, db.Classify(err))
	}
	return r, nil
}

// loadAttempts lists the attempts of a campaign, oldest first.
func loadAttempts(tx *gorm.DB, id lighthouse.ID) ([]attemptRecord, error) {
	var rows []attemptRecord
	if err := tx.Where("campaign = ?", id[:]).Order("number").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the attempts to claim %s: %w", id, db.Classify(err))
	}
	return rows, nil
}

func loadAttempt(tx *gorm.DB, id lighthouse.ID, number int64) (attemptRecord, error) {
	var r attemptRecord
	if err := tx.Where("campaign = ? AND number = ?", id[:], number).Take(&r).Error; err != nil {
		return r, fmt.Errorf("read attempt %d to claim %s: %w", number, id, db.Classify(err))
	}
	return r, nil
}

// openClaims lists the campaigns whose claims wait for a block.
func openClaims(tx *gorm.DB) ([]lighthouse.ID, error) {
	var keys [][]byte
	err := tx.Model(&claimRecord{}).Where("state IN ('claiming', 'rebuilding')").Order("campaign").Pluck("campaign", &keys).Error
	if err != nil {
		return nil, fmt.Errorf("read open claims: %w", db.Classify(err))
	}
	ids := make([]lighthouse.ID, len(keys))
	for i, k := range keys {
		ids[i] = lighthouse.ID(k)
	}
	return ids, nil
}

// setClaim writes the state of a campaign's claim, and counts the change.
func setClaim(tx *gorm.DB, id lighthouse.ID, state lighthouse.ClaimState, current int64, trouble string) error {
	r := claimRecord{Campaign: id[:], State: state, Current: current, Trouble: trouble, Version: 1}
	err := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "campaign"}},
		DoUpdates: clause.Assignments(map[string]any{
			"state": state, "current": current, "trouble": trouble, "version": gorm.Expr("claims.version + 1"),
		}),
	}).Create(&r).Error
	if err != nil {
		return fmt.Errorf("store the claim of %s: %w", id, err)
	}
	return nil
}

// standing is an attempt's entry in the outbox: its state, or empty without one.
func standing(tx *gorm.DB, r attemptRecord) (outbox.State, error) {
	if r.OutboxKey == nil {
		return "", nil
	}
	e, err := outbox.Get(tx, *r.OutboxKey)
	if err != nil {
		return "", err
	}
	return e.State, nil
}

func serialize(tx *wire.MsgTx) ([]byte, error) {
	var b bytes.Buffer
	err := tx.Serialize(&b)
	return b.Bytes(), err
}
