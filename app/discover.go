package app

import "cairn/app/web"

// campaignPages is what the public pages of campaigns are made of.
func (a *App) campaignPages() *web.CampaignDeps {
	return &web.CampaignDeps{
		Campaigns: a.campaigns,
		Backing:   a.pledges,
		Claims:    a.claims,
		Roots:     files{a},
		Covers:    a.covers,
		Files:     web.CampaignFiles{Campaign: true, Opening: true, API: true, Refunds: true, Create: true},
	}
}
