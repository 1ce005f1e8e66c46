package node

import (
	"errors"
	"fmt"
	"net"

	"github.com/jessevdk/go-flags"
	"github.com/lightningnetwork/lnd"
	"github.com/lightningnetwork/lnd/build"
	"github.com/lightningnetwork/lnd/signal"
)

// certName is the name lnd's certificate carries and every driver asks for:
// lnd puts "localhost" into each certificate it makes.
const certName = "localhost"

// runEngine runs lnd in this process until the interceptor is told to stop or
// lnd fails, serving gRPC on lis. Interceptors are process-wide in lnd: several
// engines in one process share one value and stop together.
func runEngine(args []string, lis net.Listener, interceptor signal.Interceptor) error {
	defer lis.Close()
	lightKDF()

	cfg := lnd.DefaultConfig()
	parser := flags.NewParser(&cfg, flags.PassDoubleDash)
	rest, err := parser.ParseArgs(args)
	if err != nil {
		return fmt.Errorf("parsing the node's options: %w", err)
	}
	if len(rest) > 0 {
		return fmt.Errorf("parsing the node's options: %q is not one", rest[0])
	}
	valid, err := lnd.ValidateConfig(cfg, interceptor, parser, parser)
	if err != nil {
		return err
	}
	listeners := lnd.ListenerCfg{RPCListeners: []*lnd.ListenerWithSignal{{
		Listener: lis,
		Ready:    make(chan struct{}),
	}}}
	err = lnd.Main(valid, listeners, valid.ImplementationConfig(interceptor), interceptor)
	if err != nil && !interceptor.Alive() && isStop(err) {
		return nil
	}
	return err
}

// isStop reports whether err is only what a stop during the start looks like.
func isStop(err error) bool {
	return errors.Is(err, net.ErrClosed) || kindByWords(err.Error()) == ErrCrash
}

// Version is that of the embedded engine, as "0.21.3-beta".
func Version() string { return build.Version() }
