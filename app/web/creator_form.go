package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cairn/lighthouse"
	"cairn/lighthouse/campaigns"
	"cairn/templates/creator"
	"cairn/templates/i18n"
	"cairn/templates/layout"

	"github.com/btcsuite/btcd/btcutil"
)

const (
	// maxCoverBody is the form with a picture of 8 MB.
	maxCoverBody = 9 << 20
	// formMemory is what of it is held in memory.
	formMemory = 1 << 20
	// longest is how far away the last day may be.
	longest = 365 * 24 * time.Hour
)

// newCampaign is the empty form.
func (s *Server) newCampaign(c Ctx) error {
	lang := i18n.Lang(c.Request().Context())
	return s.campaignForm(c, http.StatusOK, creator.FormView{Form: creator.Blank(lang), Action: creator.NewPath})
}

// createCampaign keeps a draft of what was typed and leads to its desk.
func (s *Server) createCampaign(c Ctx) error {
	v, d, ok, err := s.readCampaign(c)
	if err != nil {
		return err
	}
	v.Action = creator.NewPath
	if !ok {
		return s.campaignForm(c, v.status(), v.FormView)
	}
	_, key, err := s.deps.Creators.Campaigns.Create(c.Request().Context(), d)
	if err != nil {
		return s.formRefused(c, v, err)
	}
	return c.Redirect(http.StatusSeeOther, creator.DeskPath(key)+"?fresh=yes")
}

// editCampaign is the form with what the campaign has.
func (s *Server) editCampaign(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	v := creator.FormView{Form: creator.FormOf(had), Cover: had.Cover, Version: had.Version, Changed: had.ChangedAt}
	return s.campaignForm(c, http.StatusOK, s.formOf(key, had, v))
}

// formOf adds what the form of an existing campaign shows.
func (s *Server) formOf(key lighthouse.Key, had lighthouse.Campaign, v creator.FormView) creator.FormView {
	v.Desk = creator.DeskPath(key)
	v.Action = v.Desk + "/edit"
	v.Frozen = had.Frozen
	if len(had.Terms.Levels) > 0 {
		v.Reserve = had.Terms.Levels[0].Reserve
	}
	return v
}

// saveCampaign changes a campaign to what was typed.
func (s *Server) saveCampaign(c Ctx) error {
	key, had, err := s.deskOf(c)
	if err != nil {
		return err
	}
	v, d, ok, err := s.readCampaign(c)
	if err != nil {
		return err
	}
	v.FormView = s.formOf(key, had, v.FormView)
	d.Version = v.Version
	if had.Frozen {
		// The fields that are fixed were not sent.
		v.Form, d = thawed(had, v.Form), frozenDraft(had, d)
		v.Cover = had.Cover
		ok, v.Mistakes = v.rows == "", map[string]string{}
	}
	if !ok {
		return s.campaignForm(c, v.status(), v.FormView)
	}
	if _, err := s.deps.Creators.Campaigns.Edit(c.Request().Context(), key, d); err != nil {
		if errors.Is(err, lighthouse.ErrChanged) {
			v.Version = had.Version
		}
		return s.formRefused(c, v, err)
	}
	return c.Redirect(http.StatusSeeOther, v.Desk+"?done="+string(creator.DoneSaved))
}

// frozenDraft is what may change of a campaign with pledges.
func frozenDraft(had lighthouse.Campaign, typed campaigns.Draft) campaigns.Draft {
	d := campaigns.DraftOf(had)
	d.Version = typed.Version
	d.Text.FAQ, d.Creator.Contact = typed.Text.FAQ, typed.Creator.Contact
	return d
}

func thawed(had lighthouse.Campaign, typed creator.Form) creator.Form {
	f := creator.FormOf(had)
	f.FAQ, f.Contact = typed.FAQ, typed.Contact
	return f
}

// formRefused shows the form again with what is wrong, as far as it is about
// what was typed.
func (s *Server) formRefused(c Ctx, v *typedForm, err error) error {
	var fields campaigns.Fields
	switch {
	case errors.As(err, &fields):
		v.blame(c, fields)
	case errors.Is(err, lighthouse.ErrChanged), errors.Is(err, lighthouse.ErrFrozen), errors.Is(err, campaigns.ErrStage):
		v.General = sentence(c, err)
	default:
		return err
	}
	return s.campaignForm(c, http.StatusUnprocessableEntity, v.FormView)
}

// campaignForm renders the form.
func (s *Server) campaignForm(c Ctx, status int, v creator.FormView) error {
	title := t(c, "creator.new.title")
	if v.Desk != "" {
		title = t(c, "creator.edit.title")
	}
	now := s.cfg.Now()
	v.Meta = s.creatorMeta(c, title)
	v.Meta.Live = true
	v.Sandbox = s.deps.Creators.Time != nil
	v.Wallet = s.deps.Creators.Wallet
	v.Firm = s.deps.Creators.Firm
	if sizes := s.cover(v.Cover).Sizes; len(sizes) > 0 {
		v.Picture = sizes[0].Path
	}
	v.Earliest, v.Latest = now.AddDate(0, 0, 2), now.Add(longest)
	if v.Reserve == 0 && s.deps.Creators.Reserve != nil {
		v.Reserve = s.deps.Creators.Reserve()
	}
	return render(c, status, creator.FormPage(v))
}

func (s *Server) creatorMeta(c Ctx, title string) layout.Meta {
	meta := s.meta(c, title, layout.SectionNone)
	meta.Private = true
	meta.Modules = []string{"js/creator.js"}
	h := c.Response().Header()
	h.Set("Cache-Control", "private, no-store")
	// The path holds the creator's key.
	h.Set("Referrer-Policy", "same-origin")
	return meta
}

// typedForm is a form as it came.
type typedForm struct {
	creator.FormView
	// rows is the kind of row that was asked for; empty when it is to be saved.
	rows string
	// at tells which row of the form an entry of the draft came from, by the
	// prefix of the draft's field.
	at map[string]string
}

func (v *typedForm) status() int {
	if len(v.Mistakes) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// readCampaign reads the form; ok is false when it is to be shown again, with
// another row or with mistakes.
func (s *Server) readCampaign(c Ctx) (v *typedForm, d campaigns.Draft, ok bool, err error) {
	if err := parseAny(c.Request()); err != nil {
		return nil, d, false, badForm(err)
	}
	form := c.Request().PostForm
	v = &typedForm{at: map[string]string{}}
	v.Mistakes = map[string]string{}
	v.Form = typed(form)
	v.Version, _ = strconv.Atoi(form.Get("version")) // what is no number is no version
	v.Cover = form.Get("cover-name")
	if form.Get("cover-drop") != "" {
		v.Cover = ""
	}
	if err := s.takeCover(c, v); err != nil {
		return nil, d, false, err
	}
	v.rows, _ = strings.CutPrefix(form.Get("do"), "add-")
	if form.Get("do") == v.rows {
		v.rows = ""
	}
	switch v.rows {
	case "payee":
		v.Form.Payees = append(v.Form.Payees, creator.Payee{})
	case "budget":
		v.Form.Budget = append(v.Form.Budget, creator.Budget{})
	case "faq":
		v.Form.FAQ = append(v.Form.FAQ, lighthouse.Question{})
	case "level":
		v.Form.Levels = append(v.Form.Levels, creator.Level{})
	}
	if v.rows != "" {
		return v, d, false, nil
	}
	d = v.draft(c)
	return v, d, len(v.Mistakes) == 0, nil
}

// parseAny reads a form of either kind.
func parseAny(r *http.Request) error {
	// ParseMultipartForm alone does not tell of a form of the other kind that is
	// too large.
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := r.ParseMultipartForm(formMemory); !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	return nil
}

// takeCover keeps the picture that was chosen, so that it is there also when
// the form has to be shown again.
func (s *Server) takeCover(c Ctx, v *typedForm) error {
	if s.deps.Creators.Covers == nil {
		return nil
	}
	file, _, err := c.Request().FormFile("cover")
	if err != nil {
		return nil // none was chosen
	}
	defer file.Close()
	name, err := s.deps.Creators.Covers.Put(c.Request().Context(), file)
	switch {
	case err == nil:
		v.Cover = name
	case ruleFor(err).status < http.StatusInternalServerError:
		v.Mistakes["cover"] = sentence(c, err)
	default:
		return err
	}
	return nil
}

// typed is a form as it was sent.
func typed(f url.Values) creator.Form {
	out := creator.Form{
		Title: f.Get("title"), Tagline: f.Get("tagline"), Category: f.Get("category"), Language: f.Get("language"),
		Story: f.Get("story"), Risks: f.Get("risks"), Name: f.Get("name"), Contact: f.Get("contact"),
		Deadline: f.Get("deadline"), Blocks: f.Get("blocks"), Least: f.Get("least"), Multiple: f.Get("multiple"),
		When: f.Get("when"), Who: f.Get("who"), Firm: f.Get("firm") != "",
	}
	for i := range rowsOf(f, creator.MaxPayees, "payee-amount", "payee-name", "payee-address") {
		out.Payees = append(out.Payees, creator.Payee{Amount: nth(f, "payee-amount", i), Name: nth(f, "payee-name", i), Address: nth(f, "payee-address", i)})
	}
	for i := range rowsOf(f, creator.MaxBudget, "budget-for", "budget-amount") {
		out.Budget = append(out.Budget, creator.Budget{For: nth(f, "budget-for", i), Amount: nth(f, "budget-amount", i)})
	}
	for i := range rowsOf(f, creator.MaxFAQ, "faq-asks", "faq-answer") {
		out.FAQ = append(out.FAQ, lighthouse.Question{Asks: nth(f, "faq-asks", i), Answer: nth(f, "faq-answer", i)})
	}
	for i := range rowsOf(f, creator.MaxLevels, "level-title", "level-amount", "level-address") {
		out.Levels = append(out.Levels, creator.Level{Title: nth(f, "level-title", i), Amount: nth(f, "level-amount", i), Address: nth(f, "level-address", i)})
	}
	return out
}

// rowsOf is how many rows were sent, of at most so many.
func rowsOf(f url.Values, most int, names ...string) int {
	n := 0
	for _, name := range names {
		n = max(n, len(f[name]))
	}
	return min(n, most)
}

func nth(f url.Values, name string, i int) string {
	if i < len(f[name]) {
		return f[name][i]
	}
	return ""
}

// draft turns what was typed into a draft, and notes what cannot be read.
func (v *typedForm) draft(c Ctx) campaigns.Draft {
	f := v.Form
	d := campaigns.Draft{
		Text:     lighthouse.Text{Title: f.Title, Tagline: f.Tagline, Story: f.Story, Risks: f.Risks},
		Creator:  lighthouse.Creator{Name: f.Name, Contact: f.Contact},
		Language: f.Language, Category: f.Category, Cover: v.Cover,
		AtDeadline: f.When == "deadline", ByItself: f.Who == "cairn", Firm: f.Firm,
		Least: v.sats(c, "least", f.Least), Multiple: v.sats(c, "multiple", f.Multiple),
	}
	for i, b := range f.Budget {
		if strings.TrimSpace(b.For+b.Amount) == "" {
			continue
		}
		v.came("budget", len(d.Text.Budget), "budget", i)
		d.Text.Budget = append(d.Text.Budget, lighthouse.BudgetLine{For: b.For, Amount: v.sats(c, row("budget-amount", i), b.Amount)})
	}
	for i, q := range f.FAQ {
		if strings.TrimSpace(q.Asks+q.Answer) == "" {
			continue
		}
		v.came("faq", len(d.Text.FAQ), "faq", i)
		d.Text.FAQ = append(d.Text.FAQ, q)
	}
	v.levels(c, &d)
	v.deadline(c, &d)
	return d
}

// levels are the goal, and what the form says beyond it: the part beyond goes
// to the first beneficiary, or to an address of its own.
func (v *typedForm) levels(c Ctx, d *campaigns.Draft) {
	var goal campaigns.Level
	var net btcutil.Amount
	for i, p := range v.Form.Payees {
		if strings.TrimSpace(p.Name+p.Address+p.Amount) == "" {
			continue
		}
		v.came("levels.0.beneficiaries", len(goal.Beneficiaries), "payee", i)
		amount := v.sats(c, row("payee-amount", i), p.Amount)
		net += amount
		goal.Beneficiaries = append(goal.Beneficiaries, lighthouse.Beneficiary{Name: p.Name, Address: p.Address, Amount: amount})
	}
	d.Levels = append(d.Levels, goal)
	for i, l := range v.Form.Levels {
		if strings.TrimSpace(l.Title+l.Amount+l.Address) == "" {
			continue
		}
		n := len(d.Levels)
		v.at[fmt.Sprintf("levels.%d", n)] = row("level", i)
		beyond := v.sats(c, row("level-amount", i), l.Amount) - net
		level := campaigns.Level{Title: l.Title, Beneficiaries: append([]lighthouse.Beneficiary(nil), goal.Beneficiaries...)}
		switch {
		case strings.TrimSpace(l.Address) != "":
			level.Beneficiaries = append(level.Beneficiaries, lighthouse.Beneficiary{Name: l.Title, Address: l.Address, Amount: max(beyond, 0)})
		case len(level.Beneficiaries) > 0:
			level.Beneficiaries[0].Amount += max(beyond, 0)
		}
		d.Levels = append(d.Levels, level)
	}
}

// deadline is a day, whose last moment counts, or blocks in the sandbox.
func (v *typedForm) deadline(c Ctx, d *campaigns.Draft) {
	if blocks := strings.TrimSpace(v.Form.Blocks); blocks != "" {
		n, err := strconv.ParseInt(blocks, 10, 32)
		if err != nil || n < 1 {
			v.Mistakes["blocks"] = t(c, "creator.wrong.blocks")
			return
		}
		d.DeadlineIn = int32(n)
		return
	}
	if day := strings.TrimSpace(v.Form.Deadline); day != "" {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			v.Mistakes["deadline"] = t(c, "creator.wrong.day")
			return
		}
		d.Deadline = at.Add(24*time.Hour - time.Second)
	}
}

func row(name string, i int) string { return name + "-" + strconv.Itoa(i) }

// came notes which row an entry of the draft came from.
func (v *typedForm) came(prefix string, n int, rows string, i int) {
	v.at[fmt.Sprintf("%s.%d", prefix, n)] = row(rows, i)
}

var notDigits = strings.NewReplacer(" ", "", ",", "", "_", "", "’", "", "'", "", "\u00a0", "", "\u202f", "", "，", "")

// sats reads an amount; empty is 0.
func (v *typedForm) sats(c Ctx, field, text string) btcutil.Amount {
	text = notDigits.Replace(strings.TrimSpace(text))
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > btcutil.MaxSatoshi {
		v.Mistakes[field] = t(c, "creator.wrong.number")
		return 0
	}
	return btcutil.Amount(n)
}

// blame puts what is wrong with a draft beside the fields it is about.
func (v *typedForm) blame(c Ctx, fields campaigns.Fields) {
	for _, f := range fields {
		text := sentence(c, f)
		if f.Limit > 0 {
			text += t(c, "creator.limit", "Limit", f.Limit)
		}
		field := v.fieldOf(f.Field)
		if field == "" {
			v.General = text
			continue
		}
		if v.Mistakes[field] == "" {
			v.Mistakes[field] = text
		}
	}
}

// fieldOf is the form's field for one of a draft; empty for none.
func (v *typedForm) fieldOf(path string) string {
	switch path {
	case "title", "tagline", "story", "risks", "category", "language", "cover", "least", "multiple", "firm", "deadline":
		return path
	case "creator.name":
		return "name"
	case "creator.contact":
		return "contact"
	case "levels.0", "levels.0.beneficiaries", "levels.0.reserve":
		return "payee-amount-0"
	}
	for prefix, at := range v.at {
		rest, ok := strings.CutPrefix(path, prefix)
		if !ok || rest != "" && rest[0] != '.' {
			continue
		}
		name, n, _ := strings.Cut(at, "-")
		field, known := formFields[name+"/"+lastOf(rest)]
		if !known {
			field = formFields[name+"/"]
		}
		return field + "-" + n
	}
	return ""
}

func lastOf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// formFields are the form's names of fields in rows; without a name, the one
// that stands for the whole row.
var formFields = map[string]string{
	"payee/address": "payee-address", "payee/amount": "payee-amount", "payee/name": "payee-name", "payee/": "payee-amount",
	"budget/for": "budget-for", "budget/amount": "budget-amount", "budget/": "budget-for",
	"faq/asks": "faq-asks", "faq/answer": "faq-answer", "faq/answers": "faq-answer", "faq/": "faq-asks",
	"level/title": "level-title", "level/address": "level-address", "level/": "level-amount",
}
