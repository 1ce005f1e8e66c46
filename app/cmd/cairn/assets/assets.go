// Package assets is the commands on coloured coins, which need no server.
package assets

// Cmd is `cairn assets`.
type Cmd struct {
	Scan ScanCmd `cmd:"" help:"Show what is coloured in files of blocks."`
}
