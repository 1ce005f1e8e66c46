package node

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"cairn/app/db/durable"

	"filippo.io/age"
)

// seedWords is how many words an aezeed mnemonic has (lnd, aezeed).
const seedWords = 24

// scryptWork is age's work factor, log2: 32 MB and a tenth of a second. The
// password made by default has 256 random bits; a factor for weak passwords
// would take 256 MB from a process that may have 150.
const scryptWork = 15

// password reads the wallet's password, making a random one first when the file
// does not exist and there is no wallet it could belong to.
func (n *Node) password() ([]byte, error) {
	raw, err := os.ReadFile(n.cfg.PasswordFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !n.hasWallet() && !exists(n.paths.seed()):
		return n.makePassword()
	case err != nil:
		return nil, &Refusal{Kind: ErrPassword, Err: err,
			Sentence: fmt.Sprintf("The wallet's password cannot be read from %s.", n.cfg.PasswordFile)}
	}
	raw = bytes.TrimRight(raw, "\r\n") // as lnd reads it
	if len(raw) < 8 {
		return nil, &Refusal{Kind: ErrPassword,
			Sentence: fmt.Sprintf("The wallet's password in %s has fewer than 8 characters.", n.cfg.PasswordFile)}
	}
	return raw, nil
}

func (n *Node) makePassword() ([]byte, error) {
	var random io.Reader = rand.Reader
	if n.cfg.Rand != nil {
		random = n.cfg.Rand
	}
	secret := make([]byte, passwordBytes)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, fmt.Errorf("make the wallet's password: %w", err)
	}
	text := []byte(hex.EncodeToString(secret))
	if err := durable.WriteFile(n.cfg.PasswordFile, append(text, '\n')); err != nil {
		return nil, fmt.Errorf("store the wallet's password: %w", err)
	}
	return text, nil
}

// storeSeed writes the words, encrypted under the wallet's password.
func (n *Node) storeSeed(words []string, password []byte) error {
	recipient, err := age.NewScryptRecipient(string(password))
	if err != nil {
		return fmt.Errorf("encrypt the backup words: %w", err)
	}
	recipient.SetWorkFactor(scryptWork)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return fmt.Errorf("encrypt the backup words: %w", err)
	}
	if _, err := io.WriteString(w, strings.Join(words, " ")); err != nil {
		return fmt.Errorf("encrypt the backup words: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("encrypt the backup words: %w", err)
	}
	if err := durable.WriteFile(n.paths.seed(), sealed.Bytes()); err != nil {
		return fmt.Errorf("store the backup words: %w", err)
	}
	return nil
}

// Seed is the wallet's 24 words, for showing them again to the operator.
// Errors: ErrNoSeed, ErrPassword.
func (n *Node) Seed() ([]string, error) {
	sealed, err := os.ReadFile(n.paths.seed())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoSeed
	}
	if err != nil {
		return nil, fmt.Errorf("read the backup words: %w", err)
	}
	password, err := n.password()
	if err != nil {
		return nil, err
	}
	identity, err := age.NewScryptIdentity(string(password))
	if err != nil {
		return nil, fmt.Errorf("decrypt the backup words: %w", err)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		return nil, fmt.Errorf("decrypt the backup words: %w: %w", ErrPassword, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return nil, fmt.Errorf("decrypt the backup words: %w", err)
	}
	words := strings.Fields(string(text))
	if len(words) != seedWords {
		return nil, fmt.Errorf("the stored backup has %d words instead of %d", len(words), seedWords)
	}
	return words, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
