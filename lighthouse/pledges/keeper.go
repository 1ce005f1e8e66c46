package pledges

import (
	"crypto/sha256"
	"fmt"

	"cairn/lighthouse"
	"cairn/lighthouse/contract"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
)

// Keeper signs firm pledges together with their owners. It has a key for each
// campaign, and signs nothing but pledges for the campaign's own contracts: it
// is asked by Submit alone.
type Keeper struct{ secret [sha256.Size]byte }

// NewKeeper makes the keeper of a secret.
func NewKeeper(secret [sha256.Size]byte) Keeper { return Keeper{secret} }

// KeeperOf is the keeper of a Service with that Config.Secret, for whoever makes
// the terms of campaigns before there is a Service.
func KeeperOf(secret [sha256.Size]byte) Keeper { return NewKeeper(derive(secret, "keeper")) }

// PublicKey is the keeper's key for a campaign (33 bytes), as in
// lighthouse.Terms.
func (k Keeper) PublicKey(id lighthouse.ID) []byte { return k.key(id).PubKey().SerializeCompressed() }

// key is a digest, and the digest of that should it be zero or above the order of
// the group, which no key is.
func (k Keeper) key(id lighthouse.ID) *btcec.PrivateKey {
	digest := derive(k.secret, "campaign/"+id.String())
	for {
		var scalar btcec.ModNScalar
		if overflow := scalar.SetBytes(&digest); overflow == 0 && !scalar.IsZero() {
			return btcec.PrivKeyFromScalar(&scalar)
		}
		digest = sha256.Sum256(digest[:])
	}
}

// firmOf is the form of a firm pledge for a campaign by an owner's key. Errors:
// contract.ErrScriptType where the campaign takes none.
func firmOf(c lighthouse.Campaign, owner *btcec.PublicKey) (*contract.Firm, error) {
	if len(c.Terms.Keeper) == 0 {
		return nil, fmt.Errorf("%w: the campaign takes no firm pledges", contract.ErrScriptType)
	}
	keeper, err := btcec.ParsePubKey(c.Terms.Keeper)
	if err != nil {
		return nil, fmt.Errorf("the keeper's key of campaign %s: %w", c.ID, err)
	}
	return &contract.Firm{Owner: owner, Keeper: keeper, Until: c.Terms.RefundHeight()}, nil
}

// ownerIn finds the owner's key in what a pledge for a firm coin reveals; nil
// where it does not look like one. Whether the script is of the form is for
// contract.Check to say.
func ownerIn(p contract.Pledge) *btcec.PublicKey {
	switch len(p.Witness) {
	case 5: // IF 2 <owner> …
		const at = 3
		if script := p.Witness[4]; len(script) > at+btcec.PubKeyBytesLenCompressed {
			key, err := btcec.ParsePubKey(script[at : at+btcec.PubKeyBytesLenCompressed])
			if err == nil {
				return key
			}
		}
	case 4: // <owner> CHECKSIGVERIFY …
		if leaf := p.Witness[2]; len(leaf) > 1+schnorr.PubKeyBytesLen {
			key, err := schnorr.ParsePubKey(leaf[1 : 1+schnorr.PubKeyBytesLen])
			if err == nil {
				return key
			}
		}
	}
	return nil
}

// complete adds the keeper's signature to a pledge whose owner has left its
// place empty. c is the campaign's contract of the level: nothing else is ever
// signed with this key.
func (k Keeper) complete(id lighthouse.ID, c *contract.Contract, p contract.Pledge, coin contract.Coin) (contract.Pledge, error) {
	const hashType = txscript.SigHashAll | txscript.SigHashAnyOneCanPay
	tx := c.Alone(p)
	prevouts := txscript.NewCannedPrevOutputFetcher(coin.Script, int64(coin.Value))
	hashes := txscript.NewTxSigHashes(tx, prevouts)
	witness := append(wire.TxWitness{}, p.Witness...)
	var err error
	switch {
	case len(witness) == 5 && len(witness[2]) == 0:
		witness[2], err = txscript.RawTxInWitnessSignature(tx, hashes, 0, int64(coin.Value), witness[4], hashType, k.key(id))
	case len(witness) == 4 && len(witness[0]) == 0:
		witness[0], err = txscript.RawTxInTapscriptSignature(tx, hashes, 0, int64(coin.Value), coin.Script,
			txscript.NewBaseTapLeaf(witness[2]), hashType, k.key(id))
	}
	if err != nil {
		return p, fmt.Errorf("%w: the keeper's: %w", contract.ErrSignature, err)
	}
	p.Witness = witness
	return p, nil
}
