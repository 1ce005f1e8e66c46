// Package lighthouse is the room of all-or-nothing crowdfunding: pledges that
// are coins signed SIGHASH_ALL|ANYONECANPAY and stay their owners' until the
// goal is met. It will import chain, and never another product, echo, templ
// or app.
package lighthouse
