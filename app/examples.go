package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"cairn/app/db"
	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/contract"
	"cairn/lighthouse/pledges"
	"cairn/templates/creator"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"gorm.io/gorm"
)

// exampleBlocks is how long the examples take pledges: on the devnet, blocks
// come when something waits.
const exampleBlocks = 2016

// exampleSequence is that of all pledges made here: no relative lock, and the
// lock time of the contract counts.
const exampleSequence = 0xfffffffd

// hasExamples reports whether a newcomer finds living examples.
func (a *App) hasExamples() bool { return a.devnet != nil && a.cfg.Sandbox.Examples }

// makeExamples fills the sandbox with campaigns that live, once: what was begun
// and not finished goes on at the next start. It never keeps anything else from
// working.
func (a *App) makeExamples(ctx context.Context) {
	if !a.hasExamples() || a.node.WaitReady(ctx) != nil {
		return
	}
	for _, e := range examples {
		if err := a.makeExample(ctx, e); err != nil && ctx.Err() == nil {
			a.log.Warn("an example of the sandbox was not finished", "example", e.name, "error", err)
		}
	}
}

func exampleSetting(e example) string { return "example/" + e.name }

// exampleKey is the creator's key of an example. Errors: db.ErrNoSetting before
// it was made.
func (a *App) exampleKey(ctx context.Context, e example) (lighthouse.Key, error) {
	text, err := db.Setting(a.db.Read(ctx), exampleSetting(e))
	if err != nil {
		return lighthouse.Key{}, err
	}
	return lighthouse.ParseKey(string(text))
}

// makeExample brings one example to where it belongs.
func (a *App) makeExample(ctx context.Context, e example) error {
	key, err := a.exampleKey(ctx, e)
	if errors.Is(err, db.ErrNoSetting) {
		key, err = a.draftExample(ctx, e)
	}
	if err != nil {
		return err
	}
	c, err := a.campaigns.ByKey(ctx, key)
	if err != nil {
		return err
	}
	if c.Stage == lighthouse.Draft {
		if c, err = a.campaigns.Open(ctx, key); err != nil {
			return fmt.Errorf("open it: %w", err)
		}
	}
	if c.Stage != lighthouse.Open {
		return nil // it lives its own life
	}
	if err := a.backExample(ctx, e, c); err != nil {
		return err
	}
	if !e.collected {
		return nil
	}
	if _, err := a.claims.Claim(ctx, key); err != nil && !errors.Is(err, lighthouse.ErrClaimed) {
		return fmt.Errorf("collect it: %w", err)
	}
	return nil
}

// draftExample writes an example down, and its key, so that it is not made
// again.
func (a *App) draftExample(ctx context.Context, e example) (lighthouse.Key, error) {
	payee, err := exampleWallet(e, "payee")
	if err != nil {
		return lighthouse.Key{}, err
	}
	_, key, err := a.campaigns.Create(ctx, campaigns.Draft{
		Text: e.text, Creator: lighthouse.Creator{Name: e.creator}, Language: e.language, Category: e.category,
		Levels: []campaigns.Level{{Beneficiaries: []lighthouse.Beneficiary{{Name: e.creator, Address: payee.address.EncodeAddress(), Amount: e.ask}}}},
		Least:  e.least, DeadlineIn: exampleBlocks, Example: true,
	})
	if err != nil {
		return lighthouse.Key{}, fmt.Errorf("write it: %w", err)
	}
	err = a.db.Transact(ctx, func(tx *gorm.DB) error { return db.PutSetting(tx, exampleSetting(e), []byte(key.Text())) })
	return key, err
}

// backExample makes the pledges that are not there yet: coins from the faucet, a
// block, signatures.
func (a *App) backExample(ctx context.Context, e example, c lighthouse.Campaign) error {
	had, err := a.pledges.All(ctx, c.ID)
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(had))
	for _, p := range had {
		there[string(p.Coin.Script)] = true
	}
	var owners []exampleOwner
	var coins []wire.OutPoint
	var backers []exampleBacker
	for i, b := range e.backers {
		owner, err := exampleWallet(e, fmt.Sprintf("backer %d", i))
		if err != nil {
			return err
		}
		if there[string(owner.script)] {
			continue
		}
		coin, err := a.exampleCoin(ctx, owner, b.amount)
		if err != nil {
			return err
		}
		owners, coins, backers = append(owners, owner), append(coins, coin), append(backers, b)
	}
	if len(coins) == 0 {
		return nil
	}
	tip, err := passing{a}.Pass(ctx, 1)
	if err != nil {
		return err
	}
	for i, b := range backers {
		signed, err := owners[i].sign(c.Terms.Levels[0].Contract, coins[i], b.amount)
		if err != nil {
			return err
		}
		_, _, err = a.pledges.Submit(ctx, pledges.Submission{
			Campaign: c.ID, Revision: c.Terms.Revision, Signed: map[int][]byte{0: signed}, Height: tip.Height, Script: owners[i].script,
			Name: b.name, Message: b.message, Door: lighthouse.ByFile,
		})
		if err != nil {
			return fmt.Errorf("pledge %d: %w", i, err)
		}
	}
	return nil
}

// exampleCoin has the faucet pay an owner.
func (a *App) exampleCoin(ctx context.Context, owner exampleOwner, amount btcutil.Amount) (wire.OutPoint, error) {
	txid, err := a.devnet.Faucet(ctx, owner.script, amount)
	if err != nil {
		return wire.OutPoint{}, fmt.Errorf("a coin from the faucet: %w", err)
	}
	vout, err := a.paidAt(txid, owner.script)
	return wire.OutPoint{Hash: txid, Index: vout}, err
}

// paidAt is the output of a transaction that pays a script.
func (a *App) paidAt(txid chainhash.Hash, script []byte) (uint32, error) {
	tx, err := a.devnet.Tx(txid)
	if err != nil {
		return 0, fmt.Errorf("the faucet's transaction: %w", err)
	}
	for n, out := range tx.Msg.TxOut {
		if bytes.Equal(out.PkScript, script) {
			return uint32(n), nil
		}
	}
	return 0, fmt.Errorf("the faucet's transaction %s does not pay as asked", txid)
}

// exampleOwner is somebody of an example: a key that everybody can find out, on
// a chain whose coins are worth nothing.
type exampleOwner struct {
	key     *btcec.PrivateKey
	address btcutil.Address
	script  []byte
}

func exampleWallet(e example, who string) (exampleOwner, error) {
	seed := sha256.Sum256([]byte("cairn example/" + e.name + "/" + who))
	key, public := btcec.PrivKeyFromBytes(seed[:])
	address, err := btcutil.NewAddressWitnessPubKeyHash(btcutil.Hash160(public.SerializeCompressed()), &chaincfg.RegressionNetParams)
	if err != nil {
		return exampleOwner{}, fmt.Errorf("the address of an example: %w", err)
	}
	script, err := txscript.PayToAddrScript(address)
	if err != nil {
		return exampleOwner{}, fmt.Errorf("the script of an example: %w", err)
	}
	return exampleOwner{key: key, address: address, script: script}, nil
}

// sign makes a pledge of a coin, as a transaction that consists of it alone.
func (o exampleOwner) sign(c *contract.Contract, coin wire.OutPoint, amount btcutil.Amount) ([]byte, error) {
	const all = txscript.SigHashAll | txscript.SigHashAnyOneCanPay
	tx := c.Alone(contract.Pledge{OutPoint: coin, Sequence: exampleSequence})
	fetcher := txscript.NewCannedPrevOutputFetcher(o.script, int64(amount))
	witness, err := txscript.WitnessSignature(tx, txscript.NewTxSigHashes(tx, fetcher), 0, int64(amount), o.script, all, o.key, true)
	if err != nil {
		return nil, fmt.Errorf("sign for an example: %w", err)
	}
	tx.TxIn[0].Witness = witness
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		return nil, fmt.Errorf("write a pledge of an example: %w", err)
	}
	return b.Bytes(), nil
}

// exampleDesks are the desks of the examples, which everybody in the sandbox may
// try.
func (a *App) exampleDesks(ctx context.Context) ([]creator.Example, error) {
	var desks []creator.Example
	for _, e := range examples {
		key, err := a.exampleKey(ctx, e)
		if errors.Is(err, db.ErrNoSetting) {
			continue
		}
		if err != nil {
			return nil, err
		}
		desks = append(desks, creator.Example{Title: e.text.Title, Path: creator.DeskPath(key)})
	}
	return desks, nil
}
