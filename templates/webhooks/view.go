// Package webhooks is the pages of servers that an account wants told.
package webhooks

import (
	"time"

	"cairn/templates/layout"
)

// View lists webhooks.
type View struct {
	Meta      layout.Meta
	Endpoints []Endpoint
	Examples  []Example
	// Secret is that of the webhook made just now, shown this once.
	Secret string
	// Address is what was in the field, and Problem what was wrong with it.
	Address, Problem string
}

// Endpoint is one webhook.
type Endpoint struct {
	ID, URL  string
	Failures int
	// RestsUntil is zero unless it failed too often.
	RestsUntil time.Time
}

func (e Endpoint) path() string { return "/webhooks/" + e.ID }

// Example is a program that checks a signature.
type Example struct{ Language, Code string }

// DeliveriesView lists the deliveries of one webhook.
type DeliveriesView struct {
	Meta       layout.Meta
	Endpoint   Endpoint
	Deliveries []Delivery
}

// Delivery is one thing told, or to be told.
type Delivery struct {
	ID, Event, State  string
	Attempts          int
	CreatedAt, NextAt time.Time
	// Status is the last answer's, 0 for none; Problem says why.
	Status  int
	Problem string
}
