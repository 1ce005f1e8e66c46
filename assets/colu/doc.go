// Package colu is the Colored Coins protocol of Colu, versions 1 and 2: its
// numbers, payloads and asset ids, what it makes of a transaction, and the
// transactions that issue, move and burn.
//
// Normative is what the published packages do (sffc-encoder 0.1.12,
// cc-payment-encoder 1.0.1, cc-burn-payment-encoder 1.0.1, cc-issuance-encoder
// 1.1.1, cc-transfer-encoder 1.1.2, cc-transaction 1.2.1, cc-assetid-encoder
// 0.6.2, cc-get-assets-outputs 1.2.1), which differ from the wiki: ranges and
// percentages are parsed and never paid, and rules are never enforced. Comments
// name the package a rule is from.
//
// A payload says which units go to which output, in order of inputs; what it does
// not pay goes to the last output, so that nothing is lost as long as a payload
// is there. Three things are exact here where the packages calculate with
// floating point: amounts over 2^53-1, a sum over 2^63-1 (which stays in two
// holdings), and a version 1 issue that does not divide (its fraction is dropped).
//
// It is pure: bytes in, bytes out; no database, network or clock.
package colu
