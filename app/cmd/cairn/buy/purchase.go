package buy

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cairn/app/db/durable"
	"cairn/channels/l402"

	"github.com/btcsuite/btcd/btcutil"
)

// purchase is one that was begun. Its file is removed when it is over.
type purchase struct {
	Server      string     `json:"server"`
	Digest      string     `json:"digest"`
	Sat         int64      `json:"sat"`
	Invoice     string     `json:"invoice"`
	PaymentHash string     `json:"payment_hash"`
	Token       l402.Token `json:"token"`
	// Checkout is the page about this purchase.
	Checkout string    `json:"checkout"`
	MadeAt   time.Time `json:"made_at"`
}

func (p *purchase) price() btcutil.Amount { return btcutil.Amount(p.Sat) }

const (
	purchaseExt = ".purchase"
	// maxPurchase bounds a file, in bytes.
	maxPurchase = 64 << 10
)

// DefaultFolder is where purchases under way are kept, for the user whose home
// this is.
func DefaultFolder() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("where to keep purchases is not known: %w", err)
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "cairn", "purchases"), nil
}

func (s *Shop) file(p *purchase) string { return filepath.Join(s.Folder, p.PaymentHash+purchaseExt) }

// store brings a purchase to the disk.
func (s *Shop) store(p *purchase) error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return err
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return durable.WriteFile(s.file(p), raw)
}

func (s *Shop) forget(p *purchase) error {
	if err := os.Remove(s.file(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// stored are the purchases under way, of every server: money is money.
func (s *Shop) stored() ([]*purchase, error) {
	entries, err := os.ReadDir(s.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []*purchase
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), purchaseExt) {
			continue
		}
		path := filepath.Join(s.Folder, e.Name())
		if info, err := e.Info(); err != nil || info.Size() > maxPurchase {
			return nil, fmt.Errorf("%s is no purchase of ours", path)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p := new(purchase)
		if err := json.Unmarshal(raw, p); err != nil || p.PaymentHash+purchaseExt != e.Name() {
			return nil, fmt.Errorf("%s is no purchase of ours: move it away", path)
		}
		list = append(list, p)
	}
	return list, nil
}

func (p *purchase) digest() ([32]byte, error) {
	raw, err := hex.DecodeString(p.Digest)
	if err != nil || len(raw) != 32 {
		return [32]byte{}, errors.New("a purchase without a digest")
	}
	return [32]byte(raw), nil
}
