// Package lighthouse holds the words of all-or-nothing crowdfunding that its
// parts, the pages and the API share. A campaign asks for an amount by a date; a
// pledge is a coin signed SIGHASH_ALL|ANYONECANPAY for the campaign's contract,
// which stays its owner's until a claim spends enough of them at once, straight
// to the beneficiaries.
//
//	campaigns/  what creators write: drafts, stories, updates, comments
//	pledges/    what backers sign, watched at every block
//	claim/      the one transaction, and what follows it
//	refund/     the way back after the date, for anybody to send
//	progress/   what is said about pledges, provable
//	document/   campaign, pledge and receipt as signed files
//	contract/   the rules, pure
//
// It imports chain, and never another product, echo, templ or app.
package lighthouse
