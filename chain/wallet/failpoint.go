package wallet

// reach marks a step that a crash may follow; tests crash there.
func (w *Wallet) reach(step string) {
	if w.failpoint != nil {
		w.failpoint(step)
	}
}
