package control

import (
	"context"
	"time"

	"cairn/chain"
)

// Running is what a running Cairn lets its operator's commands do. Package
// app has the implementation.
type Running interface {
	// Status describes the process.
	Status(ctx context.Context) (Status, error)
	// Mine mines n blocks on the devnet, 1 to 1000.
	Mine(ctx context.Context, n int) (Mined, error)
	// OperatorLink makes a new one-time link to the operator pages.
	OperatorLink(ctx context.Context) (Link, error)
	// CreateWallet makes the node's wallet and returns its words. Until they
	// are confirmed, asking again shows the same words.
	CreateWallet(ctx context.Context) (Words, error)
	// ConfirmWallet checks some of the words, by place from 1.
	ConfirmWallet(ctx context.Context, c Confirmation) (Empty, error)
	// Wallet returns balances and a fresh address to receive fee money.
	Wallet(ctx context.Context) (Wallet, error)
	// AuditWitness says which entry of the audit log a block bears witness to.
	AuditWitness(ctx context.Context) (Witness, error)
	// Backup writes a consistent copy of everything into a new folder.
	Backup(ctx context.Context, to Folder) (Copied, error)
}

// Status is `cairn doctor`'s view of a running process.
type Status struct {
	PID       int                `json:"pid"`
	Version   string             `json:"version"`
	Network   chain.Network      `json:"network"`
	URL       string             `json:"url"`
	Metrics   string             `json:"metrics"`
	Started   time.Time          `json:"started"`
	Engine    chain.EngineStatus `json:"engine"`
	TipHeight int32              `json:"tip_height"`
	TipTime   time.Time          `json:"tip_time"`
	Leader    bool               `json:"leader"`
	Pending   int64              `json:"pending"`
	Paused    string             `json:"paused,omitempty"`
	Till      Till               `json:"till"`
}

// Till is what came in and what became of it, in millisatoshi.
type Till struct {
	// Wrong says why the books do not balance; empty when they do.
	Wrong         string `json:"wrong,omitempty"`
	LightningMsat int64  `json:"lightning_msat"`
	OnChainMsat   int64  `json:"on_chain_msat"`
	IncomeMsat    int64  `json:"income_msat"`
	HeldMsat      int64  `json:"held_msat"`
	CreditMsat    int64  `json:"credit_msat"`
	LostMsat      int64  `json:"lost_msat"`
	// Receivable is the largest payment that can come in over Lightning now;
	// -1 when the node does not say.
	ReceivableMsat int64 `json:"receivable_msat"`
}

// Count is how many blocks to mine.
type Count struct {
	N int `json:"n"`
}

// Mined is where the devnet stands after mining.
type Mined struct {
	Height int32  `json:"height"`
	Hash   string `json:"hash"`
}

// Link is a one-time operator link and how long it works.
type Link struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// Words are the 24 words of the node's seed, and which of them, by place from
// 1, are asked for to confirm that they were written down.
type Words struct {
	Words []string `json:"words"`
	Ask   []int    `json:"ask"`
}

// Confirmation holds words by their place, from 1.
type Confirmation struct {
	Words map[int]string `json:"words"`
}

// Wallet is the node's wallet in satoshi.
type Wallet struct {
	ConfirmedSat   int64  `json:"confirmed_sat"`
	UnconfirmedSat int64  `json:"unconfirmed_sat"`
	Address        string `json:"address"`
}

// Witness is the newest entry of the audit log whose hash is in a block: nothing
// up to it can have been changed since. Seq is 0 when there is none.
type Witness struct {
	Seq    int64     `json:"seq"`
	Digest string    `json:"digest"`
	Height int32     `json:"height"`
	Time   time.Time `json:"time"`
}

// Folder is a folder on the machine of the running process.
type Folder struct {
	Path string `json:"path"`
}

// Copied lists the files a backup wrote.
type Copied struct {
	Files []string `json:"files"`
}

// Empty says nothing.
type Empty struct{}
