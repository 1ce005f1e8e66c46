package app

import "cairn/app/web"

// backers is what the pages of backers are made of.
func (a *App) backers() *web.PledgeDeps {
	return &web.PledgeDeps{Campaigns: a.campaigns, Pledges: a.pledges, Refunds: a.refunds, Receipts: files{a}}
}
