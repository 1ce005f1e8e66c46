// Package creator is the pages of those who ask for money: writing a campaign,
// its desk, the claim, and what to share.
package creator
