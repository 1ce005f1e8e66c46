package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/pledges"
	counts "cairn/lighthouse/progress"
)

// Crowdfunding is what the addresses of campaigns and pledges need.
type Crowdfunding struct {
	Campaigns Campaigns
	Pledges   Pledges
	Claims    Claims
	Files     CampaignFiles
}

// Campaigns are what creators wrote; campaigns.Service is one.
type Campaigns interface {
	Search(ctx context.Context, q campaigns.Query) (campaigns.Page, error)
	// Get is a campaign that was shown. Errors: lighthouse.ErrUnknown.
	Get(ctx context.Context, id lighthouse.ID) (lighthouse.Campaign, error)
}

// Pledges takes pledges and says how they are; pledges.Service is one.
type Pledges interface {
	Progress(ctx context.Context, id lighthouse.ID) (lighthouse.Progress, error)
	List(ctx context.Context, id lighthouse.ID, sort pledges.Sort, page int) (pledges.Page, error)
	// Get is one, with what it signs. Errors: lighthouse.ErrUnknownPledge.
	Get(ctx context.Context, id lighthouse.PledgeID) (lighthouse.Pledge, error)
	// ByKey is its owner's. Errors: lighthouse.ErrNotYours.
	ByKey(ctx context.Context, key lighthouse.Key) (lighthouse.Pledge, error)
	// Submit takes one in. The very same signatures again give the same pledge.
	Submit(ctx context.Context, s pledges.Submission) (lighthouse.Pledge, lighthouse.Key, error)
}

// Claims are the transactions that pay; claim.Service is one.
type Claims interface {
	// Get is that of a campaign. Errors: claim.ErrNone.
	Get(ctx context.Context, id lighthouse.ID) (lighthouse.Claim, error)
}

// CampaignFiles writes files with which campaigns and pledges work without this
// server, and says what of them was notarised.
type CampaignFiles interface {
	Campaign(ctx context.Context, c lighthouse.Campaign) ([]byte, error)
	Pledge(ctx context.Context, c lighthouse.Campaign, p lighthouse.Pledge) ([]byte, error)
	Receipt(ctx context.Context, p lighthouse.Pledge) ([]byte, error)
	// Opening is all that was ever counted. Errors: lighthouse.ErrTooEarly before a
	// block holds the claim.
	Opening(ctx context.Context, id lighthouse.ID) ([]byte, error)
	// Heads are the totals that were notarised, newest first: at most limit of
	// those below a number, 0 for from the newest.
	Heads(ctx context.Context, id lighthouse.ID, below uint32, limit int) ([]counts.Head, error)
}

// What an answer counts as, in digests, for the limits of an address.
const (
	listWeight   = 10
	fileWeight   = 50
	submitWeight = 50
)

// crowdfunding is what there is of it. Errors: ErrNotFound where there is none.
func (h *Handler) crowdfunding(r *http.Request, weight int) (*Crowdfunding, error) {
	if h.cfg.Crowdfunding == nil {
		return nil, ErrNotFound
	}
	if !h.cfg.AllowRead(h.cfg.Address(r), weight) {
		return nil, ErrRate
	}
	return h.cfg.Crowdfunding, nil
}

// campaignOf is the campaign of an address. Errors: lighthouse.ErrUnknown,
// ErrNotFound, ErrRate.
func (h *Handler) campaignOf(r *http.Request, weight int) (*Crowdfunding, lighthouse.Campaign, error) {
	crowd, err := h.crowdfunding(r, weight)
	if err != nil {
		return nil, lighthouse.Campaign{}, err
	}
	id, err := lighthouse.ParseID(r.PathValue("id"))
	if err != nil {
		return nil, lighthouse.Campaign{}, err
	}
	c, err := crowd.Campaigns.Get(r.Context(), id)
	if err == nil && c.TakenDown {
		return nil, lighthouse.Campaign{}, fmt.Errorf("%w: %w", lighthouse.ErrUnknown, lighthouse.ErrTakenDown)
	}
	return crowd, c, err
}

// campaignList searches campaigns.
func (h *Handler) campaignList(w http.ResponseWriter, r *http.Request) error {
	crowd, err := h.crowdfunding(r, listWeight)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	size, err := wholeNumber(q, "limit", campaigns.PageSize)
	if err != nil {
		return err
	}
	page, err := crowd.Campaigns.Search(r.Context(), campaigns.Query{
		Text: q.Get("q"), Category: q.Get("category"), Sort: campaigns.Sort(q.Get("sort")), After: q.Get("after"), Size: size,
	})
	if err != nil {
		return err
	}
	view := cardList{Campaigns: make([]card, len(page.Cards))}
	for i, c := range page.Cards {
		view.Campaigns[i] = cardView(c)
	}
	if page.Next != "" {
		view.Next = &page.Next
	}
	return answer(w, http.StatusOK, view)
}

func (h *Handler) campaign(w http.ResponseWriter, r *http.Request) error {
	_, c, err := h.campaignOf(r, 1)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, campaignView(c))
}

func (h *Handler) campaignProgress(w http.ResponseWriter, r *http.Request) error {
	crowd, c, err := h.campaignOf(r, 1)
	if err != nil {
		return err
	}
	p, err := crowd.Pledges.Progress(r.Context(), c.ID)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, campaignProgressView(p))
}

func (h *Handler) campaignClaim(w http.ResponseWriter, r *http.Request) error {
	crowd, c, err := h.campaignOf(r, 1)
	if err != nil {
		return err
	}
	claimed, err := crowd.Claims.Get(r.Context(), c.ID)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, claimView(claimed))
}

// headsAtOnce is the most heads of an answer.
const headsAtOnce = 100

// campaignHeads lists the totals that were notarised.
func (h *Handler) campaignHeads(w http.ResponseWriter, r *http.Request) error {
	crowd, c, err := h.campaignOf(r, listWeight)
	if err != nil {
		return err
	}
	below, err := wholeNumber(r.URL.Query(), "below", 0)
	if err != nil {
		return err
	}
	heads, err := crowd.Files.Heads(r.Context(), c.ID, uint32(min(below, 1<<31-1)), headsAtOnce+1)
	if err != nil {
		return err
	}
	view := headList{Heads: []progressHead{}}
	for i, own := range heads {
		if i == headsAtOnce {
			next := strconv.Itoa(int(heads[i-1].Number))
			view.Next = &next
			break
		}
		view.Heads = append(view.Heads, headView(own))
	}
	return answer(w, http.StatusOK, view)
}

// campaignFile is the campaign as a signed file.
func (h *Handler) campaignFile(w http.ResponseWriter, r *http.Request) error {
	crowd, c, err := h.campaignOf(r, fileWeight)
	if err != nil {
		return err
	}
	file, err := crowd.Files.Campaign(r.Context(), c)
	if err != nil {
		return err
	}
	sendFile(w, "campaign-"+c.ID.String()+".jsonl", file)
	return nil
}

// campaignOpening is all that was ever counted, once it is claimed.
func (h *Handler) campaignOpening(w http.ResponseWriter, r *http.Request) error {
	crowd, c, err := h.campaignOf(r, fileWeight)
	if err != nil {
		return err
	}
	file, err := crowd.Files.Opening(r.Context(), c.ID)
	if err != nil {
		return err
	}
	sendFile(w, "pledges-"+c.ID.String()+".jsonl", file)
	return nil
}

// sendFile answers with a file to be kept.
func sendFile(w http.ResponseWriter, name string, file []byte) {
	w.Header().Set("Content-Type", typeNDJSON)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(file)
}
