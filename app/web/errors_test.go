package web

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cairn/notary"
	"cairn/templates/i18n"
)

// Packages whose errors reach pages.
var kindPackages = []string{"../../chain", "../../chain/visitor", "../../notary", "../../notary/sums", "../../notary/express", "../../notary/ots", "../../notary/verify", "../../notary/certificate", "../../notary/tsa", "../../notary/tlog", "../db", "../account", "../outbound", "../webhook", "../../notary/vault", "../operator", "../audit", "../payment", "../idempotency", "../paywall", "../../channels/fees", "../../channels/lab/line", "../../channels/ln", "../../channels/desk", "../../channels/sponsor", "../../channels/sponsoring", "../../channels/payout", "../../channels/tickets", "../../channels/invoice", "../../channels/l402", "../../channels/mpp", "../../channels/httpauth", "../../lighthouse/campaigns", "../../lighthouse/story", "../../lighthouse/covers", "../../lighthouse/claim", "../../lighthouse", "../../lighthouse/contract", "../../lighthouse/pledges", "../../chain/coins", "../../assets", "../../assets/compose", "../../lighthouse/claim", "../../lighthouse/document", "../../lighthouse/progress/tree", "../../assets/guard", "../../assets/ledger", "../../assets/definition", "../../assets/receipt", "../../assets/receipt/maker", "../../assets/voucher", "../../assets/voucher/bearer", "./api", "."}

// kindsOf lists the words of every constant made with ErrorKind in a package.
func kindsOf(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			name, ok := call.Fun.(*ast.Ident)
			text, isText := call.Args[0].(*ast.BasicLit)
			if ok && isText && name.Name == "ErrorKind" {
				words, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				kinds = append(kinds, words)
			}
			return true
		})
	}
	return kinds
}

func TestEveryKindHasARule(t *testing.T) {
	ruled := map[string]bool{}
	for _, r := range rules {
		ruled[r.kind.Error()] = true
	}
	for _, dir := range kindPackages {
		kinds := kindsOf(t, dir)
		if len(kinds) == 0 {
			t.Errorf("%s has no kinds of errors: is the test looking right?", dir)
		}
		for _, kind := range kinds {
			if !ruled[kind] {
				t.Errorf("%s: %q has no rule in rules.go", dir, kind)
			}
		}
	}
}

func TestRulesSpeakBothLanguages(t *testing.T) {
	for _, r := range append(rules, unknown) {
		if r.status < 400 || r.status > 599 || http.StatusText(r.status) == "" {
			t.Errorf("%v has status %d", r.kind, r.status)
		}
		for _, tag := range i18n.Tags {
			ctx := i18n.With(t.Context(), tag)
			if i18n.T(ctx, r.sentence) == r.sentence || (r.advice != "" && i18n.T(ctx, r.advice) == r.advice) {
				t.Errorf("%v says nothing in %s", r.kind, tag)
			}
		}
	}
}

func TestRulesSeeThroughWrapping(t *testing.T) {
	err := fmt.Errorf("stamping: %w", fmt.Errorf("the journal: %w", notary.ErrStorage))
	if got := ruleFor(err); got.status != http.StatusInsufficientStorage {
		t.Errorf("got %+v", got)
	}
	if got := ruleFor(fmt.Errorf("what is this")); got.status != http.StatusInternalServerError {
		t.Errorf("got %+v", got)
	}
}

func TestErrorsFitWhoAsks(t *testing.T) {
	s := newSite(t)
	page := s.ask("GET", "/nowhere", "", "Accept-Language", "zh")
	wantStatus(t, page, http.StatusNotFound)
	wantText(t, page, "没有这个页面", "<html")
	if strings.Contains(page.Body.String(), page.Header().Get("X-Request-Id")) {
		t.Error("a visitor's slip asks him to report it")
	}
	program := s.ask("GET", "/nowhere", "", "Accept", "application/json")
	wantStatus(t, program, http.StatusNotFound)
	wantText(t, program, `"error":"There is no such page."`)
	explorer := s.ask("GET", "/esplora/block-height/99999", "")
	wantStatus(t, explorer, http.StatusNotFound)
	if got := explorer.Body.String(); got != "No such block on the chain followed here.\n" {
		t.Errorf("got %q", got)
	}
	wantStatus(t, s.ask("PUT", "/stamp", ""), http.StatusMethodNotAllowed)
	wantStatus(t, s.ask("DELETE", "/", ""), http.StatusMethodNotAllowed)
}
