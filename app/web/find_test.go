package web

import (
	"net/http"
	"strings"
	"testing"

	"cairn/notary"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
)

func TestFindLeadsToThePage(t *testing.T) {
	s := newSite(t)
	d := s.completed(42)
	proof, err := s.notary.Proof(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	txid := proof.Anchor.Txid.String()
	for query, where := range map[string]string{d.String(): "/proof/" + d.String(), txid: "/anchor/" + txid} {
		w := s.ask("GET", "/find?q="+query, "")
		wantStatus(t, w, http.StatusSeeOther)
		if got := w.Header().Get("Location"); got != where {
			t.Errorf("%s leads to %s", query, got)
		}
	}
}

func TestFindSaysWhatItDidNotFind(t *testing.T) {
	s := newSite(t)
	for query, want := range map[string]struct {
		status int
		text   string
	}{
		"":                                {http.StatusOK, "Choose the file it is about"},
		notary.Digest{7}.String():         {http.StatusNotFound, "Nothing here goes by this number."},
		"%3Cscript%3E":                    {http.StatusUnprocessableEntity, "not a number that can be looked for"},
		strings.Repeat("7", 5000):         {http.StatusUnprocessableEntity, "not a number that can be looked for"},
		strings.Repeat("0", 2*44):         {http.StatusOK, "waits for a transaction"},
		"100":                             {http.StatusOK, "2 transactions go by this number"},
		"%E6%96%87%E4%BB%B6.pdf":          {http.StatusUnprocessableEntity, "not a number"},
		notary.Digest{7}.String()[:60]:    {http.StatusUnprocessableEntity, "not a number"},
		strings.Repeat("%00", 64) + "%FF": {http.StatusUnprocessableEntity, "not a number"},
	} {
		w := s.ask("GET", "/find?q="+query, "")
		wantStatus(t, w, want.status)
		wantText(t, w, want.text, `name="q"`)
		if strings.Contains(w.Body.String(), "<script>") {
			t.Error("the query became markup")
		}
	}
	s.notary.fail = notary.ErrStorage
	wantStatus(t, s.ask("GET", "/find?q=1", ""), http.StatusInsufficientStorage)
}

func TestAnchorPage(t *testing.T) {
	s := newSite(t)
	d := s.stamped(42)
	for range 3 {
		s.notary.advance()
	}
	proof, err := s.notary.Proof(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	txid := proof.Anchor.Txid.String()
	w := s.ask("GET", "/anchor/"+txid, "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, txid, "6a20", "152 sat", "12,304", "Entries 0 to 2")
	if strings.Contains(w.Body.String(), "was replaced") {
		t.Error("a transaction that stands is called replaced")
	}
	w = s.ask("GET", "/anchor/"+fakeReplaced.String(), "")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "was replaced", fakeReplaced.String(), txid)

	wantStatus(t, s.ask("GET", "/anchor/"+chainhash.Hash{9}.String(), ""), http.StatusNotFound)
	for _, bad := range []string{"1", "nonsense", txid + "00", txid[:63]} {
		wantStatus(t, s.ask("GET", "/anchor/"+bad, ""), http.StatusBadRequest)
	}
}

// An anchor that waits for its block has a page as well.
func TestAnchorPageBeforeTheBlock(t *testing.T) {
	s := newSite(t)
	d := s.stamped(42)
	s.notary.advance()
	s.notary.advance()
	proof, err := s.notary.Proof(t.Context(), d)
	if err != nil || proof.Stage != notary.StageBroadcast {
		t.Fatalf("%v, %v", proof.Stage, err)
	}
	w := s.ask("GET", "/anchor/"+proof.Anchor.Txid.String(), "", "Accept-Language", "zh")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "正在等待进入区块")
}
