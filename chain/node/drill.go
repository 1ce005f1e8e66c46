package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"cairn/chain"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
	"github.com/lightningnetwork/lnd/aezeed"
	"github.com/lightningnetwork/lnd/lnrpc"
)

// lnd derives its node key at m/1017'/coin'/6'/0/0
// (keychain.BIP0043Purpose, keychain.KeyFamilyNodeKey).
const identityPurpose, identityFamily = 1017, 6

// Drill shows whether 24 words would bring this node back: they are deciphered,
// the node's own key is derived from them, and it is compared with that of the
// node that runs. The words are kept nowhere. Errors: ErrWrongWords, with what
// is wrong with them; chain.ErrEngineDown.
func (n *Node) Drill(ctx context.Context, words []string) error {
	derived, err := identityOf(words, n.cfg.Network)
	if err != nil {
		return err
	}
	info, err := lnrpc.NewLightningClient(n.conn).GetInfo(ctx, &lnrpc.GetInfoRequest{})
	if err != nil {
		return fmt.Errorf("ask the node for its key: %w", err)
	}
	if info.IdentityPubkey != derived {
		return fmt.Errorf("%w: they belong to another wallet", ErrWrongWords)
	}
	return nil
}

// identityOf derives the public key of the node that a seed makes. Error:
// ErrWrongWords.
func identityOf(words []string, network chain.Network) (string, error) {
	var mnemonic aezeed.Mnemonic
	if len(words) != len(mnemonic) {
		return "", fmt.Errorf("%w: there are %d, not %d", ErrWrongWords, len(words), len(mnemonic))
	}
	known := make(map[string]bool, len(aezeed.DefaultWordList))
	for _, w := range aezeed.DefaultWordList {
		known[w] = true
	}
	for i, w := range words {
		mnemonic[i] = strings.ToLower(strings.TrimSpace(w))
		if !known[mnemonic[i]] {
			return "", fmt.Errorf("%w: word %d is in no list", ErrWrongWords, i+1)
		}
	}
	seed, err := mnemonic.ToCipherSeed(nil)
	if err != nil {
		// aezeed's errors name no words.
		return "", fmt.Errorf("%w: %w", ErrWrongWords, err)
	}
	params, err := network.Params()
	if err != nil {
		return "", err
	}
	key, err := hdkeychain.NewMaster(seed.Entropy[:], params)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrWrongWords, err)
	}
	const hard = hdkeychain.HardenedKeyStart
	for _, step := range []uint32{hard + identityPurpose, hard + params.HDCoinType, hard + identityFamily, 0, 0} {
		if key, err = key.Derive(step); err != nil {
			return "", fmt.Errorf("derive the node's key: %w", err)
		}
	}
	public, err := key.ECPubKey()
	if err != nil {
		return "", fmt.Errorf("derive the node's key: %w", err)
	}
	return hex.EncodeToString(public.SerializeCompressed()), nil
}
