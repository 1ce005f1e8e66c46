package app

import (
	"context"
	"fmt"
	"time"

	"cairn/app/db"
	"cairn/chain"
	"cairn/chain/node"
)

// announce tells whoever started the process where things are and what to
// open, and then that the node is ready, or why it is not.
func (a *App) announce(ctx context.Context) error {
	if a.opts.Out == nil {
		return nil
	}
	b, err := a.banner(ctx)
	if err != nil {
		return err
	}
	b.print(a.opts.Out)
	if err := a.node.WaitReady(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		fmt.Fprintf(a.opts.Out, "  the site is up, its node is not: %v\n", err)
		return nil
	}
	fmt.Fprintf(a.opts.Out, "  ready in %.1f s\n", a.now().Sub(a.started).Seconds())
	return nil
}

// banner has every line at the first start, and four afterwards.
func (a *App) banner(ctx context.Context) (*banner, error) {
	b := &banner{}
	if a.folder.fresh {
		b.add("data", a.folder.path+" (mode 0700)", "--data FOLDER")
		b.add("database", a.databaseLine(), "--database postgres://…")
		b.add("chain", a.chainLine(), "--network signet")
		b.add("node", a.nodeLine(), "--node-remote HOST:PORT")
		b.add("seed", a.seedLine(), "")
		b.add("metrics", a.metricsLine(), "--log-metrics ADDRESS")
	} else {
		b.add("data", fmt.Sprintf("%s, %s, %s", a.folder.path, a.cfg.Network, a.db.Dialect()), "")
	}
	b.add("open", a.url+"/", "English · 简体中文")
	claimed, err := a.operators.Claimed(ctx)
	if err != nil {
		return nil, err
	}
	if claimed {
		return b, nil
	}
	link, err := running{a}.OperatorLink(ctx)
	if err != nil {
		return nil, err
	}
	b.add("operator", link.URL, fmt.Sprintf("makes you the operator; once, within %d minutes", int(time.Until(link.Expires).Round(time.Minute).Minutes())))
	return b, nil
}

func (a *App) databaseLine() string {
	if a.db.Dialect() == db.SQLite {
		return fmt.Sprintf("SQLite, cairn.db, WAL, synchronous=FULL, schema %d", a.schema)
	}
	return fmt.Sprintf("PostgreSQL, schema %d", a.schema)
}

func (a *App) chainLine() string {
	if a.devnet == nil {
		return string(a.cfg.Network)
	}
	if every := a.cfg.Devnet.BlockInterval; every > 0 {
		return fmt.Sprintf("devnet, inside this process, a block within %s when one is needed", every)
	}
	return "devnet, inside this process, blocks on demand"
}

func (a *App) nodeLine() string {
	if a.cfg.Node.Remote != "" {
		return "lnd at " + a.cfg.Node.Remote
	}
	return "embedded lnd " + node.Version() + ", a child process"
}

func (a *App) seedLine() string {
	switch {
	case a.cfg.Node.Remote != "":
		return "the remote node's"
	case a.cfg.Network == chain.Devnet:
		return "made for you, encrypted in node/; its coins are worth nothing"
	case a.node.Confirmed():
		return "confirmed, encrypted in node/"
	}
	return "make the wallet with: cairn wallet create"
}

func (a *App) metricsLine() string {
	if a.metricsSite == nil {
		return "off"
	}
	return "http://" + reachable(a.metricsSite.Addr()) + "/metrics"
}
