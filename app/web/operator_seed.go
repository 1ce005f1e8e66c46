package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"cairn/chain"
	"cairn/templates/operator"
)

// Seed is the wallet's 24 words. Package app makes one of the node's, whose
// errors it names by the kinds below.
type Seed interface {
	// State is how things stand.
	State() SeedState
	// Create makes the wallet and returns its words.
	Create(ctx context.Context) ([]string, error)
	// Words are shown again until they are confirmed.
	Words() ([]string, error)
	// Confirm takes the words at the places State asks for.
	Confirm(picked map[int]string) error
	// Drill shows whether words would bring the node back.
	Drill(ctx context.Context, words []string) error
}

// SeedState is how the wallet's words stand.
type SeedState struct {
	// Wallet: there is one. Remote: it belongs to an lnd elsewhere, which keeps
	// its words itself.
	Wallet, Remote bool
	// Confirmed: somebody showed that he wrote the words down. Ask are the
	// places, from 1, of the words that are asked for.
	Confirmed bool
	Ask       []int
}

const (
	// ErrSeedWords: the words are not those of this wallet.
	ErrSeedWords = ErrorKind("these are not the words of this wallet")
	// ErrSeedShown: the words were confirmed, and are not shown any more.
	ErrSeedShown = ErrorKind("the backup words were confirmed and are not shown again")
	// ErrSeedElsewhere: the words are not stored here.
	ErrSeedElsewhere = ErrorKind("the backup words are not stored here")
	// ErrWalletMade: there is a wallet already.
	ErrWalletMade = ErrorKind("there is a wallet already")
)

// maxWords bounds what is typed for a drill, in bytes.
const maxWords = 2000

// seedRoutes are about the wallet's words.
func (s *Server) seedRoutes() {
	if s.deps.Seed == nil {
		return
	}
	s.operatorGet("/operator/seed", s.seed)
	s.operatorPost("/operator/seed/create", s.seedCreate, s.changes, s.authorised)
	s.operatorPost("/operator/seed/show", s.seedShow, s.changes, s.authorised)
	s.operatorPost("/operator/seed/confirm", s.seedConfirm, s.changes)
	s.operatorPost("/operator/seed/drill", s.seedDrill, s.changes)
}

// seed says how the words stand.
func (s *Server) seed(c Ctx) error {
	return s.renderSeed(c, http.StatusOK, "", c.QueryParam("drill") == "good")
}

func (s *Server) renderSeed(c Ctx, status int, problem string, good bool) error {
	state := s.deps.Seed.State()
	view := operator.SeedView{
		Frame:  s.frame(c, "operator.seed.title", "/operator/seed"),
		Wallet: state.Wallet, Remote: state.Remote, Confirmed: state.Confirmed, Ask: state.Ask, Real: s.cfg.Network.Real(),
		Sandbox: s.cfg.Network == chain.Devnet, Problem: problem, Good: good,
	}
	view.Meta.Path = "/operator/seed"
	drill, err := s.deps.Audit.Last(c.Request().Context(), "seed.drill")
	if err != nil {
		return err
	}
	view.DrillAt = drill.At
	return render(c, status, operator.SeedPage(view))
}

// seedCreate makes the wallet and shows its words.
func (s *Server) seedCreate(c Ctx) error {
	words, err := s.deps.Seed.Create(c.Request().Context())
	if err != nil {
		return err
	}
	if err := s.record(c, "wallet.created", nil); err != nil {
		return err
	}
	return s.showWords(c, words)
}

// seedShow shows the words of a wallet that nobody has confirmed yet. That it
// was asked for is written down before they are shown.
func (s *Server) seedShow(c Ctx) error {
	if s.deps.Seed.State().Confirmed {
		return ErrSeedShown
	}
	if err := s.record(c, "seed.shown", nil); err != nil {
		return err
	}
	words, err := s.deps.Seed.Words()
	if err != nil {
		return err
	}
	return s.showWords(c, words)
}

func (s *Server) showWords(c Ctx, words []string) error {
	view := operator.WordsView{Frame: s.frame(c, "operator.words.title", "/operator/seed"), Words: words, Ask: s.deps.Seed.State().Ask}
	view.Meta.Path = "/operator/seed"
	return render(c, http.StatusOK, operator.WordsPage(view))
}

// seedConfirm takes some of the words, as proof that they were written down.
func (s *Server) seedConfirm(c Ctx) error {
	picked := map[int]string{}
	for _, place := range s.deps.Seed.State().Ask {
		picked[place] = c.FormValue("word-" + strconv.Itoa(place))
	}
	err := s.deps.Seed.Confirm(picked)
	if errors.Is(err, ErrSeedWords) {
		return s.renderSeed(c, http.StatusUnprocessableEntity, sentence(c, err), false)
	}
	if err != nil {
		return err
	}
	if err := s.record(c, "seed.confirmed", nil); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/operator/seed")
}

// seedDrill tries words that were typed from paper. They are kept nowhere.
func (s *Server) seedDrill(c Ctx) error {
	typed := c.FormValue("words")
	if len(typed) > maxWords {
		return ErrTooLarge
	}
	err := s.deps.Seed.Drill(c.Request().Context(), wordsOf(typed))
	switch {
	case errors.Is(err, ErrSeedWords), errors.Is(err, chain.ErrEngineDown):
		return s.renderSeed(c, ruleFor(err).status, sentence(c, err), false)
	case err != nil:
		return err
	}
	if err := s.record(c, "seed.drill", nil); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/operator/seed?drill=good")
}

// wordsOf takes words out of a text, with or without numbers before them.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') })
}
