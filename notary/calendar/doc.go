// Package calendar is an OpenTimestamps calendar up to the chain: digests are
// posted, committed to disk in groups, and answered with the path to a
// commitment that the journal will not lose. Thousands of digests can be kept
// by one call as a batch, which is one leaf of a group; an index finds each of
// them again. It serves the protocol of
// opentimestamps-server (otsserver/rpc.py) over net/http.
//
// What happens to a commitment afterwards is package anchor's work; the
// handler asks for it through the interface Anchors. The package must not
// import anchor, app (except app/db), echo or templ.
package calendar
