package node

import (
	"encoding/hex"
	"sync"

	"github.com/btcsuite/btcwallet/snacl"
	"github.com/btcsuite/btcwallet/waddrmgr"
)

// passwordBytes is the entropy of a password made by Cairn, written as
// hexadecimal digits.
const passwordBytes = 32

// strong reports whether a password looks like one made by Cairn: 64
// hexadecimal digits.
func strong(password []byte) bool {
	_, err := hex.DecodeString(string(password))
	return err == nil && len(password) == 2*passwordBytes
}

// lightKDF makes btcwallet derive the keys of new wallets cheaply when the
// password is strong. scrypt as it stands there takes 256 MB and a second for
// each of two keys, at each start, to slow down the guessing of weak
// passwords; 256 random bits cannot be guessed at any speed. A password the
// operator chose keeps the full cost, and opening a wallet always follows the
// cost it was made with.
var lightKDF = sync.OnceFunc(func() {
	full := waddrmgr.SetSecretKeyGen(nil)
	waddrmgr.SetSecretKeyGen(func(password *[]byte, options *waddrmgr.ScryptOptions) (*snacl.SecretKey, error) {
		if !strong(*password) {
			return full(password, options)
		}
		light := waddrmgr.FastScryptOptions
		return snacl.NewSecretKey(password, light.N, light.R, light.P)
	})
})
