// Package assets is the commands on colored coins, which need no server.
package assets

// Cmd is `cairn assets`.
type Cmd struct {
	Scan    ScanCmd    `cmd:"" help:"Show what is coloured in files of blocks."`
	Compare CompareCmd `cmd:"" help:"Compare the ledgers of two servers, and find the first block in which they differ."`

	Guard GuardCmd `cmd:"" help:"Ask a running Cairn what a transaction would destroy, before it is signed."`

	Receipt ReceiptCmd `cmd:"" help:"Fetch the proof of what a coin holds from a running Cairn."`
	Verify  VerifyCmd  `cmd:"" help:"Check such proofs, without a network."`

	Liability LiabilityCmd `cmd:"" help:"Check what shops state that they owe, without a network."`
}
