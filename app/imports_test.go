package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The direction of imports (README, "The house"):
//
//	cmd → app → web → {notary, lighthouse, assets, channels, templates} → chain → btcd
//
// Stores may use the leaves app/db and migrations.
const (
	dbLeaf     = "cairn/app/db"
	migrations = "cairn/migrations"
)

// rules says what of ours a package tree may import; the longest prefix
// that matches a package decides. A package may always import its own tree
// as far as its own rule allows.
var rules = map[string][]string{
	"cairn/app/cmd":      {"cairn"},
	"cairn/app":          {"cairn/app", "cairn/notary", "cairn/lighthouse", "cairn/assets", "cairn/channels", "cairn/templates", "cairn/chain", "cairn/public", migrations},
	"cairn/app/web":      {"cairn/app/web", "cairn/app/operator", "cairn/app/audit", "cairn/app/payment", "cairn/app/account", "cairn/app/outbound", "cairn/app/webhook", "cairn/app/idempotency", "cairn/app/paywall", "cairn/notary", "cairn/lighthouse", "cairn/assets", "cairn/channels", "cairn/templates", "cairn/chain", "cairn/public", dbLeaf},
	"cairn/app/account":  {"cairn/app/account", dbLeaf},
	"cairn/app/audit":    {dbLeaf},
	"cairn/app/operator": {"cairn/app/audit", dbLeaf},
	"cairn/app/payment":  {"cairn/app/audit", "cairn/chain", "cairn/channels/bip321", dbLeaf},
	"cairn/app/outbound": {},
	"cairn/app/webhook":  {"cairn/app/outbound", dbLeaf},
	"cairn/app/config":   {"cairn/chain"},
	dbLeaf:               {dbLeaf, migrations},

	"cairn/app/web/api":     {"cairn/app/idempotency", "cairn/app/paywall", "cairn/notary", "cairn/lighthouse", "cairn/assets", "cairn/channels", "cairn/chain", dbLeaf},
	"cairn/app/idempotency": {dbLeaf},
	"cairn/app/paywall":     {"cairn/channels", "cairn/chain"},
	"cairn/app/selling":     {"cairn/channels"},

	"cairn/templates":  {"cairn/templates", "cairn/public", "cairn/notary", "cairn/lighthouse", "cairn/assets", "cairn/channels", "cairn/chain"},
	"cairn/notary":     {"cairn/notary", "cairn/chain", dbLeaf},
	"cairn/lighthouse": {"cairn/lighthouse", "cairn/chain", dbLeaf},
	"cairn/assets":     {"cairn/assets", "cairn/chain", dbLeaf},
	"cairn/channels":   {"cairn/channels", "cairn/chain", dbLeaf},
	"cairn/chain":      {"cairn/chain", dbLeaf},
	migrations:         {},
	"cairn/public":     {"cairn/public"},

	"cairn/channels/amount":   {},
	"cairn/channels/lab/line": {},
	"cairn/channels/invoice":  {"cairn/channels/amount"},
	"cairn/channels/ln":       {"cairn/channels/amount", "cairn/channels/invoice"},
	"cairn/channels/httpauth": {},
	"cairn/channels/l402":     {"cairn/channels/httpauth", "cairn/channels/invoice"},
	"cairn/channels/mpp":      {"cairn/channels/httpauth", "cairn/channels/invoice"},
	"cairn/channels/bip321":   {"cairn/channels/amount"},
	"cairn/channels/lnurl":    {"cairn/channels/amount"},
	"cairn/channels/sponsor":  {"cairn/chain"},

	"cairn/assets/openassets": {"cairn/assets", "cairn/chain"},
	"cairn/assets/epobc":      {"cairn/assets", "cairn/chain"},
	"cairn/assets/colu":       {"cairn/assets", "cairn/chain"},

	"cairn/chain/rawtx":         {},
	"cairn/chain/bip322":        {"cairn/chain/rawtx"},
	"cairn/lighthouse/contract": {"cairn/chain"},
	"cairn/lighthouse/story":    {},
	"cairn/lighthouse/covers":   {dbLeaf},

	"cairn/assets/ledger/engine":     {"cairn/assets", "cairn/assets/openassets", "cairn/assets/colu", "cairn/assets/epobc", "cairn/chain"},
	"cairn/assets/blockfile":         {},
	"cairn/assets/receipt":           {"cairn/assets", "cairn/chain"},
	"cairn/assets/voucher/liability": {},
	"cairn/assets/voucher/bearer":    {"cairn/chain/rawtx"},

	"cairn/lighthouse/progress/tree": {"cairn/chain", "cairn/lighthouse"},
	"cairn/lighthouse/document":      {"cairn/chain", "cairn/lighthouse"},

	"cairn/notary/ots":         {"cairn/notary/ots"},
	"cairn/notary/merkle":      {"cairn/notary/merkle"},
	"cairn/notary/docproof":    {"cairn/notary/docproof"},
	"cairn/notary/certificate": {"cairn/notary/certificate", "cairn/notary/ots", "cairn/notary/verify", "cairn/chain"},
	"cairn/notary/bundle":      {"cairn/notary/bundle"},
	"cairn/notary/sums":        {},
	"cairn/notary/recognise":   {"cairn/notary/recognise", "cairn/notary/ots", "cairn/notary/sums"},
}

// confined names packages of others that only some of our trees may import.
var confined = map[string][]string{
	"github.com/labstack/echo":      {"cairn/app"},
	"github.com/a-h/templ":          {"cairn/app/web", "cairn/templates", "cairn/public"},
	"github.com/lightningnetwork":   {"cairn/chain/node", "cairn/chain/wallet", "cairn/chain/coins/light", "cairn/channels/lightning", "cairn/channels/lab"},
	"github.com/lightninglabs":      {"cairn/chain/node", "cairn/chain/wallet", "cairn/channels/lightning"},
	"github.com/alecthomas/kong":    {"cairn/app"},
	"github.com/btcsuite/btcd/peer": {}, // keeps a process-global nonce list
	"github.com/glebarez":           {}, // registers the driver name "sqlite" twice
	"github.com/golang-migrate":     {dbLeaf},
	"gorm.io":                       {"cairn/app", "cairn/chain", "cairn/notary", "cairn/lighthouse", "cairn/assets", "cairn/channels"},
	"net/http":                      {"cairn/app", "cairn/notary", "cairn/public", "cairn/chain/node"},
	"github.com/prometheus":         {"cairn/app"},
}

// pure packages decide whether an old proof, pledge or color still
// verifies; they see no database, no network and no clock.
var pure = []string{"cairn/notary/ots", "cairn/notary/merkle", "cairn/notary/docproof", "cairn/notary/tlog/format", "cairn/notary/certificate", "cairn/notary/bundle", "cairn/notary/sums", "cairn/notary/recognise",
	"cairn/channels/amount", "cairn/channels/invoice", "cairn/channels/ln", "cairn/channels/httpauth", "cairn/channels/l402", "cairn/channels/mpp",
	"cairn/channels/bip321", "cairn/channels/lnurl", "cairn/channels/sponsor", "cairn/channels/lab/line", "cairn/lighthouse/story", "cairn/chain/bip322", "cairn/chain/rawtx", "cairn/lighthouse/progress/tree", "cairn/lighthouse/document",
	"cairn/assets/openassets", "cairn/assets/epobc", "cairn/assets/colu", "cairn/assets/ledger/engine", "cairn/assets/blockfile", "cairn/assets/voucher/bearer", "cairn/assets/voucher/liability", "cairn/assets/receipt"}

var impure = []string{"gorm.io", "database/sql", "net", "net/http", "os", "log/slog", "math/rand", "crypto/rand"}

func TestImportsRunOneWay(t *testing.T) {
	seen := 0
	eachImport(t, func(file, from, to string) {
		seen++
		if within(to, "cairn") {
			rule := ruleFor(from)
			if rule == "" {
				t.Errorf("%s: no import rule for package %s", file, from)
			} else if to != from && !anyWithin(to, rules[rule]) {
				t.Errorf("%s: %s must not import %s", file, from, to)
			}
			return
		}
		for pkg, trees := range confined {
			if within(to, pkg) && !anyWithin(from, trees) {
				t.Errorf("%s: %s must not import %s", file, from, to)
			}
		}
		if anyWithin(from, pure) {
			for _, pkg := range impure {
				if to == pkg || (strings.Contains(pkg, ".") && within(to, pkg)) {
					t.Errorf("%s: %s is pure and must not import %s", file, from, to)
				}
			}
		}
	})
	if seen < 100 {
		t.Fatalf("looked at %d imports only: the walk is broken", seen)
	}
}

// eachImport calls visit for every import of every Go file that is not a
// test; tests may reach across.
func eachImport(t *testing.T, visit func(file, from, to string)) {
	t.Helper()
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "node_modules" || name == "testdata" || (name != ".." && strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		from := "cairn/" + filepath.ToSlash(filepath.Dir(rel))
		for _, spec := range f.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			visit(rel, from, to)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ruleFor is the longest rule whose tree holds the package.
func ruleFor(pkg string) string {
	best := ""
	for tree := range rules {
		if within(pkg, tree) && len(tree) > len(best) {
			best = tree
		}
	}
	return best
}

// within reports whether a package is the tree's root or below it.
func within(pkg, tree string) bool { return pkg == tree || strings.HasPrefix(pkg, tree+"/") }

func anyWithin(pkg string, trees []string) bool {
	for _, tree := range trees {
		if within(pkg, tree) {
			return true
		}
	}
	return false
}
