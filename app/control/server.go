package control

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// maxMessage bounds a request; the largest is a confirmation of some words.
const maxMessage = 16 << 10

// Serve answers on ln until ctx ends.
func Serve(ctx context.Context, ln net.Listener, r Running, log *slog.Logger) error {
	mux := http.NewServeMux()
	route(mux, "status", func(ctx context.Context, _ Empty) (Status, error) { return r.Status(ctx) })
	route(mux, "devnet/mine", func(ctx context.Context, c Count) (Mined, error) { return r.Mine(ctx, c.N) })
	route(mux, "operator/link", func(ctx context.Context, _ Empty) (Link, error) { return r.OperatorLink(ctx) })
	route(mux, "wallet/create", func(ctx context.Context, _ Empty) (Words, error) { return r.CreateWallet(ctx) })
	route(mux, "wallet/confirm", r.ConfirmWallet)
	route(mux, "wallet", func(ctx context.Context, _ Empty) (Wallet, error) { return r.Wallet(ctx) })
	route(mux, "audit/witness", func(ctx context.Context, _ Empty) (Witness, error) { return r.AuditWitness(ctx) })
	route(mux, "backup", r.Backup)

	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(ln); ctx.Err() == nil {
		return err
	}
	return nil
}

// failure is how an error travels: as the sentence the command prints.
type failure struct {
	Error string `json:"error"`
}

// route answers POST /name with f's result in JSON, or its error's sentence.
func route[In, Out any](mux *http.ServeMux, name string, f func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, req *http.Request) {
		var in In
		body := http.MaxBytesReader(w, req.Body, maxMessage)
		if err := json.NewDecoder(body).Decode(&in); err != nil {
			reply(w, http.StatusBadRequest, failure{"the request cannot be read: " + err.Error()})
			return
		}
		out, err := f(req.Context(), in)
		if err != nil {
			reply(w, http.StatusUnprocessableEntity, failure{err.Error()})
			return
		}
		reply(w, http.StatusOK, out)
	})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // the peer is gone if this fails; nobody to tell
}
