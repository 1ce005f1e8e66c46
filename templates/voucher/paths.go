package voucher

import "cairn/public"

// Where the pages are.
const (
	StartPath = "/shop"
	// BearerPath is where a voucher's link leads; the voucher stands behind #.
	BearerPath = "/v"
	// BearerFolder shows the same page, and TillFolder is above all counters: with a
	// slash, so that they open without a network and nothing else is affected.
	BearerFolder = BearerPath + "/"
	TillFolder   = "/till/"
)

// DeskPath is a shop's desk, for whoever has a key of it.
func DeskPath(key string) string { return StartPath + "/" + key }

// TillPath is the counter.
func TillPath(key string) string { return TillFolder + key }

// ShopPath is what everybody sees of a shop.
func ShopPath(slug string) string { return "/shops/" + slug }

// LiabilityPath is what a shop owes, for everybody to check.
func LiabilityPath(slug string) string { return ShopPath(slug) + "/liability" }

// Modules that pages load when they are needed.
func bearerModule() string { return public.URL("js/bearer.js") }
func drawModule() string   { return public.URL("js/qr.js") }
func readModule() string   { return public.URL("js/qrread.js") }
