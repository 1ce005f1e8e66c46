package web

import (
	"net/http"

	"cairn/channels/tickets"
)

// ticketRules stand before those of payments: what is wrong with a ticket says
// more than that a payment is not known.
var ticketRules = []rule{
	{tickets.ErrTicket, http.StatusUnauthorized, "error.tickets.ticket", "error.tickets.ticket.advice"},
	{tickets.ErrKey, http.StatusUnauthorized, "error.tickets.key", "error.tickets.key.advice"},
	{tickets.ErrSpent, http.StatusPaymentRequired, "error.tickets.spent", "error.tickets.spent.advice"},
	{tickets.ErrTwice, http.StatusUnauthorized, "error.tickets.twice", ""},
	{tickets.ErrCount, http.StatusUnprocessableEntity, "error.tickets.count", ""},
	{tickets.ErrRequest, http.StatusUnprocessableEntity, "error.tickets.request", ""},
	{tickets.ErrIssued, http.StatusConflict, "error.tickets.issued", "error.tickets.issued.advice"},
}
