// Command cairn is all of Cairn: the site (`serve`), the commands that work
// with any OpenTimestamps calendar (`stamp`, `upgrade`, `verify`, `info`), with
// the files of crowdfunding (`pledge`), and the operator's tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"cairn/app/cmd/cairn/assets"
	"cairn/app/cmd/cairn/pledge"
	"cairn/app/cmd/cairn/proofs"
	"cairn/app/cmd/cairn/publiclog"
	"cairn/app/config"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "devel"

// commands is the command line: one field a command, in the order of --help.
type commands struct {
	Serve ServeCmd `cmd:"" help:"Run Cairn: site, calendar, chain and node."`

	Stamp   proofs.StampCmd   `cmd:"" help:"Stamp files, folders or digests: make their .ots proofs."`
	Upgrade proofs.UpgradeCmd `cmd:"" help:"Complete pending .ots proofs."`
	Verify  proofs.VerifyCmd  `cmd:"" help:"Check files against their .ots proofs."`
	Info    proofs.InfoCmd    `cmd:"" help:"Show what a .ots proof says."`

	Log publiclog.Cmd `cmd:"" help:"A calendar's public log: check it, or keep a copy."`

	Pledge pledge.Cmd `cmd:"" help:"Files of crowdfunding: check them, put a claim together, without a server."`

	Assets assets.Cmd `cmd:"" help:"Coloured coins: look through blocks, without a server."`

	Sandbox SandboxCmd `cmd:"" help:"Real Lightning nodes to look at, on a chain of their own."`

	Doctor   DoctorCmd   `cmd:"" help:"Check this machine and the running Cairn."`
	Operator OperatorCmd `cmd:"" help:"Let the operator in."`
	Audit    AuditCmd    `cmd:"" help:"The audit log: check it, or take a copy."`
	Wallet   WalletCmd   `cmd:"" help:"The node's wallet."`
	Devnet   DevnetCmd   `cmd:"" help:"The chain inside Cairn."`
	DB       DBCmd       `cmd:"" name:"db" help:"The database."`
	Backup   BackupCmd   `cmd:"" help:"Copy everything that must not be lost into a new folder."`
	Config   ConfigCmd   `cmd:"" help:"Show the configuration in force, secrets masked."`
	Node     NodeCmd     `cmd:"" hidden:"" help:"The engine itself; started by serve."`

	File    kong.ConfigFlag  `name:"config" help:"Configuration file (TOML); settings are named like flags." placeholder:"FILE"`
	Version kong.VersionFlag `help:"Print the version." env:"-"`
}

func main() { os.Exit(run(os.Args[1:])) }

// run parses and executes one command line and returns the exit code.
func run(args []string) int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	stopSignals := cancelOnSignal(stop)
	defer stopSignals()

	var c commands
	parser, err := kong.New(&c,
		kong.Name("cairn"),
		kong.Description("Timestamps, pledges, vouchers and channels on Bitcoin."),
		config.Vars(),
		kong.Vars{"version": "cairn " + version},
		kong.DefaultEnvars("CAIRN"),
		kong.Configuration(config.TOML),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(newOutput(), proofs.OpenWallet(openLnd)),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cairn:", err)
		return exitFail
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cairn:", err)
		return exitUsage
	}
	return exitCode(parsed.Run())
}

// exitCode prints an error as one sentence and picks the code: an error may
// carry its own by having an ExitCode method.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	var own interface{ ExitCode() int }
	hasOwn := errors.As(err, &own)
	if text := err.Error(); text != "" {
		fmt.Fprintln(os.Stderr, "cairn:", text)
	}
	if hasOwn {
		return own.ExitCode()
	}
	return exitFail
}

// cancelOnSignal ends the context at the first interrupt or termination, and
// the process at the second, for the impatient.
func cancelOnSignal(cancel context.CancelFunc) (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			cancel()
		case <-done:
			return
		}
		select {
		case <-signals:
			os.Exit(130)
		case <-done:
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}
