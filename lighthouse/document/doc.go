// Package document writes and reads the files of crowdfunding: a campaign, a
// pledge, a receipt and the opened leaves of a claimed campaign. With a
// campaign's file and its pledges anybody can check and claim it, without the
// server that holds it. docs/campaign-files.md is the exact description.
//
// A file is text: a first line that is one JSON object, and below it one line
// for each signature over the bytes of the first (BIP-0340 over a tagged hash
// whose tag names the kind of file). Whoever makes a file anew changes nothing
// of what others have signed.
//
// Readers are strict: unknown kinds, versions and members, members that come
// twice, and whatever does not fit together are refused.
//
// The package is pure: no clock, no network, no database.
package document
