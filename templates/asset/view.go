// Package asset is the explorer of colored coins: assets, transactions,
// addresses, and the hashes by which two ledgers compare.
package asset

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cairn/assets"
	"cairn/assets/definition"
	"cairn/assets/ledger"
	"cairn/assets/openassets"
	"cairn/chain"
	"cairn/templates/i18n"
	"cairn/templates/layout"
)

// Name is an asset as every page shows it.
type Name struct {
	ID       assets.ID
	Text     string // its id as people see it
	Name     string // what it calls itself, empty for nothing
	Picture  string // a path, empty for none
	Decimals int
}

// Title is what it is called, or the beginning of its id.
func (n Name) Title() string {
	if n.Name != "" {
		return n.Name
	}
	return n.Short()
}

// Short is the id, shortened to be recognised.
func (n Name) Short() string {
	text := strings.TrimSuffix(strings.TrimPrefix(n.Text, "epobc:"), ":0")
	if len(text) <= 12 {
		return text
	}
	return text[:6] + "…" + text[len(text)-4:]
}

// Path is that of its page.
func (n Name) Path() string { return Path(n.Text) }

// Units are units of it as people see them.
func (n Name) Units(units int64) string {
	whole, part, _ := strings.Cut(openassets.Amount(units, n.Decimals), ".")
	number, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return whole
	}
	text := i18n.Number(number)
	if part != "" {
		text += "." + part
	}
	return text
}

// Hue is the class of its color, the same wherever its pebbles lie.
func (n Name) Hue() string {
	sum := 0
	for _, b := range n.ID.Raw() {
		sum += int(b)
	}
	return []string{"hue-0", "hue-1", "hue-2", "hue-3", "hue-4", "hue-5"}[sum%6]
}

// ListPath is where all assets are listed.
const ListPath = "/assets"

// Path is where an asset is shown.
func Path(id string) string { return "/assets/" + url.PathEscape(id) }

// TxPath is where a transaction is shown.
func TxPath(txid string) string { return "/assets/tx/" + txid }

// AddressPath is where an address is shown.
func AddressPath(address string) string { return "/assets/address/" + url.PathEscape(address) }

// HashesPath is where the hashes of the ledger are.
const HashesPath = "/assets/hashes"

// List is the page of all assets.
type List struct {
	Meta layout.Meta
	// Query is what was looked for; Missing: it is not here.
	Query   string
	Missing bool
	// Old: it is an asset id of a form that does not say enough any more.
	Old   bool
	Order ledger.Order
	Rows  []Row
	Next  string
	Tip   int32
	// CanIssue and CanShop: there are pages to make assets and vouchers.
	CanIssue, CanShop bool
}

// Row is one asset of a list.
type Row struct {
	Name
	Asset ledger.Asset
}

// View is the page of one asset.
type View struct {
	Meta layout.Meta
	Name
	Asset      ledger.Asset
	Definition definition.Definition
	Reissuable bool
	// At is the height that was asked for, 0 for the newest.
	At      int32
	Hash    [32]byte
	Supply  []ledger.Total
	Holders []Holder
	// NextHolders continues the list of holders, NextMoves that of moves.
	NextHolders, NextMoves string
	Moves                  []ledger.Move
	Waiting                int
	Now                    time.Time
	CanAct                 bool
	// Shop is who takes units for what they are worth, and Liability the page of
	// what it owes; empty for nobody.
	Shop, Liability string
}

// Holder is one who holds units.
type Holder struct {
	Address string
	Units   int64
	Coins   int64
}

// Tx is the page of a transaction.
type Tx struct {
	Meta    layout.Meta
	Ledger  ledger.Tx
	Shown   assets.Coloring
	Names   map[assets.ID]Name
	Reading assets.Reading
	// Readings are those of other programs for the protocol shown.
	Readings []assets.Reading
	Inputs   []Input
	Outputs  []Output
	Bands    Bands
	Fields   []assets.Field
	Payload  []byte
	Network  chain.Network
}

// Input is what a transaction spends, as far as the ledger knows.
type Input struct {
	From     string // txid:index
	Txid     string
	Address  string
	Value    int64
	Known    bool
	Holdings []assets.Holding
}

// Output is what a transaction makes.
type Output struct {
	Address  string
	Data     bool // OP_RETURN
	Value    int64
	Holdings []assets.Holding
	Marker   bool
	Flows    []assets.Flow
	Spender  string
	// Receipt is the page that proves what it holds; empty for none.
	Receipt string
}

// Address is the page of an address.
type Address struct {
	Meta    layout.Meta
	Bitcoin string
	// Open is its Open Assets form, empty where there is none.
	Open     string
	Balances []Balance
	Entries  []Entry
	Next     string
	Waiting  int
}

// Balance is what an address holds of an asset.
type Balance struct {
	Name
	Units, Coins int64
}

// Entry is a line of an address's history.
type Entry struct {
	Name
	ledger.Entry
}

// Hashes is the page of hashes.
type Hashes struct {
	Meta  layout.Meta
	Tip   chain.BlockRef
	Base  int32
	Heads []Head
	From  int32
	Shown assets.Protocol
	Links []ledger.Link
	// Site is how the world reaches it.
	Site string
}

// Head is the newest hash of a protocol.
type Head struct {
	Protocol assets.Protocol
	Hash     [32]byte
}

// ProtocolName is what a protocol is called.
func ProtocolName(ctx context.Context, p assets.Protocol) string {
	switch p {
	case assets.OpenAssets:
		return "Open Assets"
	case assets.Colu:
		return "Colored Coins (Colu)"
	case assets.EPOBC:
		return "EPOBC"
	}
	return p.String()
}

// Block is what a block has to do with colored coins.
type Block struct {
	Meta   layout.Meta
	Height int32
	List   []ledger.TxRef
}
