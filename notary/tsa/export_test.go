package tsa

import "cairn/notary"

// Sign makes a token for a digest and forgets it.
func (a *Authority) Sign(digest []byte) error {
	_, err := sign(requestFor(notary.Digest(digest)), a.signer.Load(), a.cfg.Policy, a.cfg.Now(), a.cfg.Rand)
	return err
}
