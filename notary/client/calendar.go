package client

import (
	"bytes"
	"context"
	"encoding/hex"
	"net/http"

	"cairn/notary/ots"
)

// maxAnswer is the longest answer of a calendar, in bytes.
// Source: python-opentimestamps calendar.py, RemoteCalendar.
const maxAnswer = 10000

// Calendar is an OpenTimestamps calendar or pool somewhere. It is safe for
// concurrent use.
type Calendar struct {
	url  string
	http *http.Client
}

// NewCalendar names a calendar by its address, with or without a slash at the
// end; h is best made by HTTP. Errors: ErrURL.
func NewCalendar(address string, h *http.Client) (*Calendar, error) {
	u, err := serverURL(address)
	if err != nil {
		return nil, err
	}
	return &Calendar{url: u, http: h}, nil
}

// URL is the calendar's address without a slash at the end.
func (c *Calendar) URL() string { return c.url }

// Submit posts a digest, at most 64 bytes, and returns the calendar's
// timestamp of it. Errors: ErrUnreachable, ErrRefused, ErrAnswer.
func (c *Calendar) Submit(ctx context.Context, digest []byte) (*ots.Timestamp, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/digest", bytes.NewReader(digest))
	if err != nil {
		return nil, &Error{Kind: ErrURL, Server: c.url, Cause: err}
	}
	// What the reference client's library sends without being asked to.
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.timestamp(req, digest)
}

// Timestamp asks for the completion of a commitment, which is the message of a
// pending attestation. Errors: ErrPending while there is none, ErrUnreachable,
// ErrRefused, ErrAnswer.
func (c *Calendar) Timestamp(ctx context.Context, commitment []byte) (*ots.Timestamp, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/timestamp/"+hex.EncodeToString(commitment), nil)
	if err != nil {
		return nil, &Error{Kind: ErrURL, Server: c.url, Cause: err}
	}
	return c.timestamp(req, commitment)
}

// timestamp sends a request and reads the answer as a timestamp of msg.
func (c *Calendar) timestamp(req *http.Request, msg []byte) (*ots.Timestamp, error) {
	req.Header.Set("Accept", ots.MediaType)
	status, body, err := fetch(c.http, c.url, req, maxAnswer)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusNotFound && req.Method == http.MethodGet:
		return nil, &Error{Kind: ErrPending, Server: c.url, Status: status, Text: plain(body)}
	case status != http.StatusOK:
		return nil, &Error{Kind: ErrRefused, Server: c.url, Status: status, Text: plain(body)}
	}
	t, err := ots.Parse(msg, body)
	if err != nil {
		return nil, &Error{Kind: ErrAnswer, Server: c.url, Cause: err}
	}
	return t, nil
}
