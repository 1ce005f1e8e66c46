package api

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/lighthouse/document"
	counts "cairn/lighthouse/progress"
)

// hexText are bytes in hexadecimal.
type hexText []byte

// UnmarshalJSON implements json.Unmarshaler.
func (t *hexText) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	decoded, err := hex.DecodeString(text)
	*t = decoded
	return err
}

type cardList struct {
	Campaigns []card  `json:"campaigns"`
	Next      *string `json:"next"`
}

// card is a campaign in a list.
type card struct {
	ID         string        `json:"id"`
	Stage      string        `json:"stage"`
	Example    bool          `json:"example"`
	Title      string        `json:"title"`
	Tagline    string        `json:"tagline"`
	Creator    string        `json:"creator"`
	Language   string        `json:"language"`
	Category   string        `json:"category"`
	Goal       int64         `json:"goal_sat"`
	Confirmed  int64         `json:"confirmed_sat"`
	Pending    int64         `json:"pending_sat"`
	Backers    int           `json:"backers"`
	Deadline   int32         `json:"deadline"`
	DeadlineAt *time.Time    `json:"deadline_at"`
	OpenedAt   *time.Time    `json:"opened_at"`
	Links      campaignLinks `json:"links"`
}

type campaignLinks struct {
	Self     string `json:"self"`
	Page     string `json:"page"`
	File     string `json:"file"`
	Pledges  string `json:"pledges"`
	Progress string `json:"progress"`
	Heads    string `json:"heads"`
	Claim    string `json:"claim"`
	Opening  string `json:"opening"`
}

// campaign is all that its creator says, and what pledges sign.
type campaign struct {
	ID        string `json:"id"`
	Stage     string `json:"stage"`
	Withdrawn bool   `json:"withdrawn"`
	Example   bool   `json:"example"`
	// Frozen: there was a pledge, so that the terms cannot change any more.
	Frozen   bool            `json:"frozen"`
	Title    string          `json:"title"`
	Tagline  string          `json:"tagline"`
	Story    string          `json:"story"`
	Risks    string          `json:"risks"`
	Budget   []budgetLine    `json:"budget"`
	FAQ      []question      `json:"faq"`
	Creator  campaignCreator `json:"creator"`
	Language string          `json:"language"`
	Category string          `json:"category"`
	OpenedAt *time.Time      `json:"opened_at"`
	Terms    campaignTerms   `json:"terms"`
	Links    campaignLinks   `json:"links"`
}

type budgetLine struct {
	For    string `json:"for"`
	Amount int64  `json:"amount_sat"`
}

type question struct {
	Asks   string `json:"asks"`
	Answer string `json:"answer"`
}

type campaignCreator struct {
	Name    string  `json:"name"`
	Contact string  `json:"contact"`
	Key     *string `json:"key"`
}

type campaignTerms struct {
	Revision     int             `json:"revision"`
	Levels       []campaignLevel `json:"levels"`
	Least        int64           `json:"least_sat"`
	Multiple     int64           `json:"multiple_sat"`
	Deadline     int32           `json:"deadline"`
	DeadlineAt   *time.Time      `json:"deadline_at"`
	RefundHeight uint32          `json:"refund_height"`
	AtDeadline   bool            `json:"at_deadline"`
	ByItself     bool            `json:"by_itself"`
	Keeper       *string         `json:"keeper"`
}

type campaignLevel struct {
	Title         string        `json:"title"`
	Goal          int64         `json:"goal_sat"`
	Reserve       int64         `json:"reserve_sat"`
	Beneficiaries []beneficiary `json:"beneficiaries"`
	// Contract is the claim's transaction without its inputs; ContractID its
	// SHA-256.
	Contract   string `json:"contract"`
	ContractID string `json:"contract_id"`
}

type beneficiary struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Amount  int64  `json:"amount_sat"`
}

type tally struct {
	Pledges int   `json:"pledges"`
	Amount  int64 `json:"amount_sat"`
}

type blockName struct {
	Height int32  `json:"height"`
	Hash   string `json:"hash"`
}

type campaignProgress struct {
	Checked   blockName `json:"checked"`
	Confirmed tally     `json:"confirmed"`
	Firm      tally     `json:"firm"`
	Pending   tally     `json:"pending"`
	Waiting   tally     `json:"waiting"`
	Revoked   tally     `json:"revoked"`
	// Level is the highest that could be claimed now; -1 below the goal.
	Level   int   `json:"level"`
	Missing int64 `json:"missing_sat"`
	Slots   int   `json:"slots"`
	Least   int64 `json:"least_sat"`
}

type pledgeList struct {
	Pledges []pledge `json:"pledges"`
	More    bool     `json:"more"`
}

// pledge is what everybody may know of one: not which coin it is, until the claim
// shows it.
type pledge struct {
	ID       string      `json:"id"`
	Campaign string      `json:"campaign"`
	Amount   int64       `json:"amount_sat"`
	Levels   []int       `json:"levels"`
	Firm     bool        `json:"firm"`
	Name     string      `json:"name"`
	Message  string      `json:"message"`
	At       time.Time   `json:"at"`
	State    string      `json:"state"`
	Outpoint *string     `json:"outpoint"`
	Links    pledgeLinks `json:"links"`
}

type pledgeLinks struct {
	Self     string `json:"self"`
	Campaign string `json:"campaign"`
	Receipt  string `json:"receipt"`
	File     string `json:"file"`
}

// submitted is a pledge with its owner's key.
type submitted struct {
	pledge
	Key string `json:"key"`
}

type headList struct {
	Heads []progressHead `json:"heads"`
	Next  *string        `json:"next"`
}

// progressHead is a total that was notarised.
type progressHead struct {
	Number    uint32     `json:"number"`
	Digest    string     `json:"digest"`
	Previous  string     `json:"previous"`
	Root      string     `json:"root"`
	Pledges   uint32     `json:"pledges"`
	Amount    int64      `json:"amount_sat"`
	Block     blockName  `json:"block"`
	At        time.Time  `json:"at"`
	StampedAt *time.Time `json:"stamped_at"`
	// Proof is that of the digest.
	Proof string `json:"proof"`
}

type campaignClaim struct {
	State    string    `json:"state"`
	Level    int       `json:"level"`
	Txid     string    `json:"txid"`
	Tx       string    `json:"tx"`
	Pledges  []*string `json:"pledges"`
	Fee      int64     `json:"fee_sat"`
	Weight   int64     `json:"weight"`
	Attempts int       `json:"attempts"`
	At       time.Time `json:"at"`
	// Block is null while none holds it.
	Block *blockName `json:"block"`
}

func campaignPath(id lighthouse.ID) string     { return Prefix + "/campaigns/" + id.String() }
func pledgePath(id lighthouse.PledgeID) string { return Prefix + "/pledges/" + id.String() }

func linksOfCampaign(id lighthouse.ID) campaignLinks {
	self := campaignPath(id)
	return campaignLinks{
		Self: self, Page: "/campaigns/" + id.String(), File: self + "/file", Pledges: self + "/pledges", Progress: self + "/progress",
		Heads: self + "/heads", Claim: self + "/claim", Opening: self + "/opening",
	}
}

func cardView(c campaigns.Card) card {
	return card{
		ID: c.ID.String(), Stage: string(c.Stage), Example: c.Example, Title: c.Title, Tagline: c.Tagline, Creator: c.Creator,
		Language: c.Language, Category: c.Category, Goal: int64(c.Goal), Confirmed: int64(c.Confirmed), Pending: int64(c.Pending),
		Backers: c.Backers, Deadline: c.Deadline, DeadlineAt: moment(c.DeadlineAt), OpenedAt: moment(c.OpenedAt), Links: linksOfCampaign(c.ID),
	}
}

func campaignView(c lighthouse.Campaign) campaign {
	view := campaign{
		ID: c.ID.String(), Stage: string(c.Stage), Withdrawn: c.Withdrawn, Example: c.Example, Frozen: c.Frozen,
		Title: c.Text.Title, Tagline: c.Text.Tagline, Story: c.Text.Story, Risks: c.Text.Risks, Budget: []budgetLine{}, FAQ: []question{},
		Creator:  campaignCreator{c.Creator.Name, c.Creator.Contact, hexOrNull(c.Creator.PublicKey)},
		Language: c.Language, Category: c.Category, OpenedAt: moment(c.OpenedAt), Terms: termsView(c.Terms), Links: linksOfCampaign(c.ID),
	}
	for _, b := range c.Text.Budget {
		view.Budget = append(view.Budget, budgetLine{b.For, int64(b.Amount)})
	}
	for _, q := range c.Text.FAQ {
		view.FAQ = append(view.FAQ, question{q.Asks, q.Answer})
	}
	return view
}

func termsView(t lighthouse.Terms) campaignTerms {
	view := campaignTerms{
		Revision: t.Revision, Levels: []campaignLevel{}, Least: int64(t.Least), Multiple: int64(t.Multiple), Deadline: t.Deadline,
		DeadlineAt: moment(t.DeadlineAt), RefundHeight: t.RefundHeight(), AtDeadline: t.AtDeadline, ByItself: t.ByItself, Keeper: hexOrNull(t.Keeper),
	}
	for _, l := range t.Levels {
		own := campaignLevel{Title: l.Title, Goal: int64(l.Goal), Reserve: int64(l.Reserve), Beneficiaries: []beneficiary{}}
		for _, b := range l.Beneficiaries {
			own.Beneficiaries = append(own.Beneficiaries, beneficiary{b.Name, b.Address, int64(b.Amount)})
		}
		if l.Contract != nil {
			id := l.Contract.ID()
			own.Contract, own.ContractID = hex.EncodeToString(l.Contract.Encode()), hex.EncodeToString(id[:])
		}
		view.Levels = append(view.Levels, own)
	}
	return view
}

func hexOrNull(raw []byte) *string {
	if len(raw) == 0 {
		return nil
	}
	text := hex.EncodeToString(raw)
	return &text
}

func tallyView(t lighthouse.Tally) tally { return tally{t.Pledges, int64(t.Amount)} }

func campaignProgressView(p lighthouse.Progress) campaignProgress {
	return campaignProgress{
		Checked: blockName{p.Checked.Height, p.Checked.Hash.String()}, Confirmed: tallyView(p.Confirmed), Firm: tallyView(p.Firm),
		Pending: tallyView(p.Pending), Waiting: tallyView(p.Waiting), Revoked: tallyView(p.Revoked), Level: p.Level,
		Missing: int64(p.Missing), Slots: p.Slots, Least: int64(p.Least),
	}
}

func pledgeView(p lighthouse.Pledge) pledge {
	self := pledgePath(p.ID)
	view := pledge{
		ID: p.ID.String(), Campaign: p.Campaign.String(), Amount: int64(p.Coin.Value), Levels: slices.Sorted(maps.Keys(p.Signed)),
		Firm: p.Firm(), Name: p.Name, Message: p.Message, At: second(p.At), State: string(p.State),
		Links: pledgeLinks{Self: self, Campaign: campaignPath(p.Campaign), Receipt: self + "/receipt", File: self + "/file"},
	}
	if view.Levels == nil {
		view.Levels = []int{}
	}
	if p.State == lighthouse.Taken {
		outpoint := p.Outpoint.String()
		view.Outpoint = &outpoint
	}
	return view
}

func headView(h counts.Head) progressHead {
	digest := h.Digest()
	return progressHead{
		Number: h.Number, Digest: hex.EncodeToString(digest[:]), Previous: hex.EncodeToString(h.Previous[:]), Root: hex.EncodeToString(h.Root[:]),
		Pledges: h.Size, Amount: int64(h.Sum), Block: blockName{h.Block.Height, h.Block.Hash.String()}, At: second(h.At),
		StampedAt: moment(h.StampedAt), Proof: Prefix + "/proofs/" + hex.EncodeToString(digest[:]),
	}
}

func claimView(c lighthouse.Claim) campaignClaim {
	view := campaignClaim{
		State: string(c.State), Level: c.Level, Txid: c.Tx.TxHash().String(), Tx: string(document.Hex(c.Tx)), Pledges: []*string{},
		Fee: int64(c.Fee), Weight: c.Weight, Attempts: c.Attempts, At: second(c.At),
	}
	for _, id := range c.Pledges {
		if id == (lighthouse.PledgeID{}) {
			view.Pledges = append(view.Pledges, nil) // an input that only adds to the fee
			continue
		}
		text := id.String()
		view.Pledges = append(view.Pledges, &text)
	}
	if c.Block.Height > 0 {
		view.Block = &blockName{c.Block.Height, c.Block.Hash.String()}
	}
	return view
}
