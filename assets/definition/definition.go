package definition

import (
	"time"

	"cairn/assets"
)

// State is what became of a pointer.
type State string

// The states.
const (
	// Missing: the issue points to nothing.
	Missing State = "missing"
	// Unchecked: it will be asked.
	Unchecked State = "unchecked"
	// Fetched: the address gave a good definition when it was last asked.
	Fetched State = "fetched"
	// Archived: it is kept here, and its hash is in the chain, so that it need not
	// be asked for.
	Archived State = "archived"
	// Rotten: the address does not give it any more, or never did.
	Rotten State = "rotten"
	// Refused: what the address gives is no definition of this asset; Why says
	// how. What is shown is what it gave before, if anything.
	Refused State = "refused"
)

// Reason is why a definition is refused or gone, for the page's sentence.
type Reason string

// The reasons.
const (
	NoReason Reason = ""
	// Opaque: the metadata is of a form that points nowhere.
	Opaque Reason = "opaque"
	// Torrent: it is said to be in a torrent, which is not asked.
	Torrent Reason = "torrent"
	// Unknown: the chain has only its hash, and nobody gave the file.
	Unknown Reason = "unknown"
	// Address: not an https address.
	Address Reason = "address"
	// Private: it leads to a private network.
	Private Reason = "private"
	// Redirect: it leads on to what is not asked, or too often.
	Redirect Reason = "redirect"
	// Large: more than MaxFile.
	Large Reason = "large"
	// Silent: nobody answers.
	Silent Reason = "silent"
	// Media: it says to be something else, such as a web page.
	Media Reason = "media"
	// Malformed: it is no definition.
	Malformed Reason = "malformed"
	// Unlisted: it does not name the asset: it is that of another.
	Unlisted Reason = "unlisted"
	// Hash: it is not the file whose hash is in the chain.
	Hash Reason = "hash"
	// Restless: it changed so often that changes are not kept any more.
	Restless Reason = "restless"
)

// Limits.
const (
	// MaxFile is how large a definition may be, in bytes.
	MaxFile = 64 << 10
	// MaxPicture is how large a picture may be that is fetched or published.
	MaxPicture = 1 << 20
	// PictureWidth is the width a picture is kept in at most, in pixels.
	PictureWidth = 480
	// MaxPointer is how long metadata may be to be looked at, in bytes.
	MaxPointer = 1024
	// MaxVersions is how many contents of one address are kept.
	MaxVersions = 20
	// MaxName, MaxShortName, MaxIssuer and MaxDescription bound texts that are
	// shown, in characters; what is fetched is cut, what is published refused.
	MaxName        = 64
	MaxShortName   = 10
	MaxIssuer      = 64
	MaxDescription = 4000
	MaxTerms       = 20_000
)

// Definition is what an asset says of itself, as far as it is known. Name and
// the other texts are an issuer's: they say whatever he wants.
type Definition struct {
	Asset        assets.ID
	State        State
	Why          Reason
	Name         string
	NameShort    string
	Description  string
	Issuer       string
	Type         string
	Divisibility int
	// Contract and Website are https addresses, or empty.
	Contract string
	Website  string
	// Terms is the hash of terms that are kept here, zero for none.
	Terms [32]byte
	// Picture is that of a picture (JPEG) that is kept here, zero for none.
	Picture [32]byte
	// Pointer is what the chain says, as text: an address or "hash160:…".
	Pointer string
	// Fixed: the asset's own script carries the pointer, so that no later issue can
	// change where it leads (P2SH, OAP).
	Fixed bool
	// Pinned: the chain has its hash, so that nobody can change it.
	Pinned bool
	// Ours: it was written and is served here.
	Ours bool
	// Authentic: the owner of the server's certificate, Subject, is the issuer
	// (proof of authenticity, OAP).
	Authentic bool
	Subject   string
	// Hash and Hash160 are those of the file, zero without one.
	Hash    [32]byte
	Hash160 [20]byte
	// Versions is how many contents the address has had.
	Versions int
	// SeenAt is when the issue was seen, AskedAt when the address was last asked,
	// AnsweredAt when it last gave a good answer, DeadSince when it first failed
	// after that, StampedAt when the file was notarised; zero for never.
	SeenAt, AskedAt, AnsweredAt, DeadSince, StampedAt time.Time
}

// Known reports whether there is a definition to show.
func (d Definition) Known() bool { return d.Hash != [32]byte{} }
