package web

import (
	"context"
	"net/http"

	"cairn/notary"
	"cairn/notary/tlog"
)

// Log is the calendar's public log; tlog.Service is one, with its handler.
type Log interface {
	// Head is the newest checkpoint. Error: tlog.ErrNoCheckpoint.
	Head(ctx context.Context) (tlog.Head, error)
	// Receipt is the signed receipt of a stamped digest, as text.
	// Error: notary.ErrUnknownDigest.
	Receipt(ctx context.Context, d notary.Digest) ([]byte, error)
	// Origin and Key are the log's name and public key.
	Origin() string
	Key() string
	// Files serves what is below /log/.
	Files() http.Handler
}
