package api

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"cairn/lighthouse"
	"cairn/lighthouse/document"
	"cairn/lighthouse/pledges"
)

// maxPledgeBody takes a pledge's file with its previous transaction, as JSON
// writes its quotes.
const maxPledgeBody = 3 << 20

// pledgeRequest is a pledge to be taken in.
type pledgeRequest struct {
	// Pledge is a file of Cairn, PSBTs in base64 or hexadecimal, or transactions
	// in hexadecimal (document.ReadPledge).
	Pledge *string `json:"pledge"`
	// Revision, Height, Script, Funding, Refund, Name and Message say what the
	// file does not.
	Revision int     `json:"revision"`
	Height   int32   `json:"height"`
	Script   hexText `json:"script"`
	Funding  string  `json:"funding"`
	Refund   string  `json:"refund"`
	Name     string  `json:"name"`
	Message  string  `json:"message"`
}

// campaignPledges lists the pledges of a campaign that its page shows.
func (h *Handler) campaignPledges(w http.ResponseWriter, r *http.Request) error {
	crowd, c, err := h.campaignOf(r, listWeight)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	number, err := wholeNumber(q, "page", 0)
	if err != nil {
		return err
	}
	page, err := crowd.Pledges.List(r.Context(), c.ID, pledges.Sort(q.Get("sort")), min(number, 1<<20))
	if err != nil {
		return err
	}
	view := pledgeList{Pledges: make([]pledge, len(page.Pledges)), More: page.More}
	for i, p := range page.Pledges {
		view.Pledges[i] = pledgeView(p)
	}
	return answer(w, http.StatusOK, view)
}

// pledge is one, as everybody may see it.
func (h *Handler) pledge(w http.ResponseWriter, r *http.Request) error {
	crowd, err := h.crowdfunding(r, 1)
	if err != nil {
		return err
	}
	id, err := lighthouse.ParsePledgeID(r.PathValue("id"))
	if err != nil {
		return err
	}
	p, err := crowd.Pledges.Get(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, pledgeView(p))
}

// submitPledge takes a pledge in. It needs no idempotency key: the very same
// signatures are the same pledge.
func (h *Handler) submitPledge(w http.ResponseWriter, r *http.Request) error {
	if !h.cfg.Allow(h.cfg.Address(r), submitWeight) {
		return ErrRate
	}
	crowd, c, err := h.campaignOf(r, 1)
	if err != nil {
		return err
	}
	asked, err := readPledgeRequest(w, r)
	if err != nil {
		return err
	}
	s, err := asked.submission(c)
	if err != nil {
		return err
	}
	s.Client = h.cfg.Client(r)
	p, key, err := crowd.Pledges.Submit(r.Context(), s)
	if err != nil {
		return err
	}
	w.Header().Set("Location", pledgePath(p.ID))
	return answer(w, http.StatusCreated, submitted{pledgeView(p), key.Text()})
}

func readPledgeRequest(w http.ResponseWriter, r *http.Request) (asked pledgeRequest, err error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != typeJSON {
		return asked, ErrMediaType
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPledgeBody))
	if err != nil {
		return asked, bodyError(err)
	}
	if err := json.Unmarshal(raw, &asked); err != nil || asked.Pledge == nil {
		return asked, ErrJSON
	}
	return asked, nil
}

// submission is what a request asks to be taken in. Errors: those of package
// document, and of contract.Open.
func (asked pledgeRequest) submission(c lighthouse.Campaign) (pledges.Submission, error) {
	p, err := document.ReadPledge([]byte(*asked.Pledge))
	if err != nil {
		return pledges.Submission{}, err
	}
	if p.Campaign != (lighthouse.ID{}) && p.Campaign != c.ID {
		return pledges.Submission{}, fmt.Errorf("%w: %s", document.ErrOther, p.Campaign)
	}
	if len(p.Coin.Script) == 0 {
		p.Coin.Script = asked.Script // some PSBTs do not say it
	}
	s := pledges.Submission{
		Campaign: c.ID, Revision: c.Terms.Revision, Height: p.Height, Script: p.Coin.Script, Funding: []byte(asked.Funding),
		Refund: []byte(asked.Refund), Name: p.Name, Message: p.Message, Door: lighthouse.ByFile,
	}
	if s.Signed, err = p.Levels(c.Terms); err != nil {
		return pledges.Submission{}, err
	}
	if p.Revision > 0 {
		s.Revision = p.Revision
	}
	if p.Refund != nil {
		s.Refund = document.Hex(p.Refund)
	}
	if p.Previous != nil {
		s.Funding = document.Hex(p.Previous)
	}
	if asked.Revision > 0 {
		s.Revision = asked.Revision
	}
	if asked.Height > 0 {
		s.Height = asked.Height
	}
	if len(asked.Script) > 0 {
		s.Script = asked.Script
	}
	if asked.Name != "" || asked.Message != "" {
		s.Name, s.Message = asked.Name, asked.Message
	}
	return s, nil
}

// ownPledge is the pledge of an address, for who has its key. Errors:
// lighthouse.ErrNotYours.
func (h *Handler) ownPledge(r *http.Request) (*Crowdfunding, lighthouse.Pledge, error) {
	crowd, err := h.crowdfunding(r, fileWeight)
	if err != nil {
		return nil, lighthouse.Pledge{}, err
	}
	text, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	key, err := lighthouse.ParseKey(text)
	if err != nil {
		return nil, lighthouse.Pledge{}, lighthouse.ErrNotYours
	}
	p, err := crowd.Pledges.ByKey(r.Context(), key)
	if err == nil && p.ID.String() != r.PathValue("id") {
		err = lighthouse.ErrNotYours
	}
	return crowd, p, err
}

// pledgeReceipt is this server's signed word that it holds a pledge.
func (h *Handler) pledgeReceipt(w http.ResponseWriter, r *http.Request) error {
	crowd, p, err := h.ownPledge(r)
	if err != nil {
		return err
	}
	file, err := crowd.Files.Receipt(r.Context(), p)
	if err != nil {
		return err
	}
	sendFile(w, "receipt-"+p.ID.String()+".jsonl", file)
	return nil
}

// pledgeFile is a pledge as a file.
func (h *Handler) pledgeFile(w http.ResponseWriter, r *http.Request) error {
	crowd, p, err := h.ownPledge(r)
	if err != nil {
		return err
	}
	c, err := crowd.Campaigns.Get(r.Context(), p.Campaign)
	if err != nil {
		return err
	}
	file, err := crowd.Files.Pledge(r.Context(), c, p)
	if err != nil {
		return err
	}
	sendFile(w, "pledge-"+p.ID.String()+".jsonl", file)
	return nil
}
