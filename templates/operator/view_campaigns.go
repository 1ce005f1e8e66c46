package operator

// CampaignsView lists campaigns for the operator.
type CampaignsView struct {
	Frame
	// Search is what was looked for.
	Search string
	// Shown are the newest that visitors see, TakenDown those they do not.
	Shown, TakenDown []CampaignRow
}

// CampaignRow is a campaign in a list.
type CampaignRow struct {
	ID, Title, Creator string
}
