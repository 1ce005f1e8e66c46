package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// ErrNotRunning: no Cairn serves the data folder.
var ErrNotRunning = errors.New("no running Cairn was found for this data folder: start it with `cairn serve`")

// Client asks the Cairn that runs on a data folder. It is a Running.
type Client struct{ http *http.Client }

var _ Running = (*Client)(nil)

// Dial makes a Client; whether anything runs shows at the first call, as
// ErrNotRunning.
func Dial(data string) *Client {
	path := SocketPath(data)
	return &Client{&http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // a command asks once
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		},
	}}}
}

// Status implements Running.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, c, "status", Empty{})
}

// Mine implements Running.
func (c *Client) Mine(ctx context.Context, n int) (Mined, error) {
	return call[Mined](ctx, c, "devnet/mine", Count{n})
}

// OperatorLink implements Running.
func (c *Client) OperatorLink(ctx context.Context) (Link, error) {
	return call[Link](ctx, c, "operator/link", Empty{})
}

// CreateWallet implements Running.
func (c *Client) CreateWallet(ctx context.Context) (Words, error) {
	return call[Words](ctx, c, "wallet/create", Empty{})
}

// ConfirmWallet implements Running.
func (c *Client) ConfirmWallet(ctx context.Context, w Confirmation) (Empty, error) {
	return call[Empty](ctx, c, "wallet/confirm", w)
}

// Wallet implements Running.
func (c *Client) Wallet(ctx context.Context) (Wallet, error) {
	return call[Wallet](ctx, c, "wallet", Empty{})
}

// AuditWitness implements Running.
func (c *Client) AuditWitness(ctx context.Context) (Witness, error) {
	return call[Witness](ctx, c, "audit/witness", Empty{})
}

// Backup implements Running.
func (c *Client) Backup(ctx context.Context, to Folder) (Copied, error) {
	return call[Copied](ctx, c, "backup", to)
}

func call[Out any](ctx context.Context, c *Client, name string, in any) (out Out, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://cairn/"+name, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return out, ErrNotRunning
		}
		return out, err
	}
	defer resp.Body.Close()
	decoder := json.NewDecoder(resp.Body)
	if resp.StatusCode == http.StatusOK {
		return out, decoder.Decode(&out)
	}
	var f failure
	if err := decoder.Decode(&f); err != nil || f.Error == "" {
		return out, fmt.Errorf("the running Cairn answered %s", resp.Status)
	}
	return out, errors.New(f.Error)
}
