// Package definition knows what assets say of themselves: a name, a description,
// a picture, terms. A chain carries only a pointer to it (Open Assets: a URL or a
// hash in the marker, OAP asset-definition-protocol.mediawiki; Colu: hashes of a
// file). The service
//
//   - asks those addresses in the background, at most once a day, never while
//     somebody waits for a page, and only through a Fetcher that keeps private
//     networks out of reach;
//   - keeps every good answer for ever under its SHA-256, has it notarised, and
//     shows it from there, whatever becomes of the address;
//   - says what is wrong with a bad one: another asset, another hash, too large,
//     gone since;
//   - writes definitions of its own, which this server serves and a hash in the
//     chain fixes.
//
// A definition is the issuer's own word. Nothing here makes it true.
package definition
