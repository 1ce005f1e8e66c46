package app

import (
	"cairn/app/config"
	"cairn/app/web"
)

// headerSource is where this configuration has block headers from on mainnet:
// its own light client checks them, a node or a remote lnd is believed.
func headerSource(cfg config.Config) web.HeaderSource {
	if cfg.Node.Remote == "" && cfg.Node.Backend == "neutrino" {
		return web.HeadersLight
	}
	return web.HeadersNode
}
