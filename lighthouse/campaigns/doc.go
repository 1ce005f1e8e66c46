// Package campaigns keeps what creators write: drafts, the campaigns made of
// them, their terms in revisions, news, comments and followers.
//
// A draft may be unfinished, and is seen by nobody else. When it is first shown
// its words must be complete, its deadline becomes a block, and each of its
// levels a contract. Until the first pledge every change of the terms makes a
// new revision with new contracts; the first pledge freezes them (FreezeIn).
//
// Whoever has a campaign's key is its creator. Nothing here moves money, and
// nobody's address for mail is kept.
//
// It must not import app (except app/db), echo or templ.
package campaigns
