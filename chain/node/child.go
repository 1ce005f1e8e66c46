package node

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"

	"cairn/chain"

	"github.com/lightningnetwork/lnd/signal"
	"golang.org/x/term"
)

// Exit codes of the child.
const (
	exitStopped = 0
	// exitRefused: the last line on standard error says why, as JSON.
	exitRefused = 78 // EX_CONFIG of sysexits.h
)

// maxSpecBytes bounds the spec on the child's standard input.
const maxSpecBytes = 1 << 20

// engineSpec is what the supervisor writes to the child's standard input, one
// line of JSON. It goes through a pipe because a chain backend's password may
// be among the arguments, and a command line or environment can be read by
// other users and lands in crash reports.
type engineSpec struct {
	Args   []string `json:"args"`
	Socket string   `json:"socket"`

	// For the sentences alone.
	Dir          string        `json:"dir"`
	PasswordFile string        `json:"password_file"`
	Network      chain.Network `json:"network"`
	Backend      Backend       `json:"backend"`
	Listen       string        `json:"listen"`
}

func (s engineSpec) config() Config {
	return Config{
		Dir: s.Dir, PasswordFile: s.PasswordFile, Network: s.Network,
		Listen: s.Listen, Chain: ChainConfig{Backend: s.Backend},
	}
}

// RunChild is the whole of `cairn node`: it reads the engine's spec from stdin,
// runs lnd until stdin ends, a signal comes or lnd fails, and returns the exit
// code. stdin stays open for as long as the engine is wanted, so the child ends
// with its parent on every system. When it did not stop because it was asked
// to, the last line on stderr is a JSON object whose "reason" is one sentence.
func RunChild(stdin io.Reader, stderr io.Writer) int {
	if f, ok := stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return refuse(stderr, byHand(nil))
	}
	input := bufio.NewReaderSize(io.LimitReader(stdin, maxSpecBytes), 64<<10)
	spec, err := readSpec(input)
	if err != nil {
		return refuse(stderr, byHand(err))
	}
	interceptor, err := signal.Intercept()
	if err != nil {
		return refuse(stderr, refusalOf(err, spec.config()))
	}
	lis, err := listenUnix(spec.Socket)
	if err != nil {
		return refuse(stderr, refusalOf(err, spec.config()))
	}

	go stopWithParent(stdin, &interceptor)
	go trimMemory(interceptor.ShutdownChannel())

	if err := runEngine(spec.Args, lis, interceptor); err != nil {
		return refuse(stderr, refusalOf(err, spec.config()))
	}
	return exitStopped
}

// byHand is for a person who started the child himself.
func byHand(err error) *Refusal {
	return &Refusal{
		Kind:     ErrConfig,
		Sentence: "This command is run by `cairn serve`, which tells it what to do; there is no need to start it by hand.",
		Err:      err,
	}
}

func readSpec(input *bufio.Reader) (engineSpec, error) {
	var spec engineSpec
	line, err := input.ReadBytes('\n')
	if err != nil {
		return spec, fmt.Errorf("read the node's instructions: %w", err)
	}
	if err := json.Unmarshal(line, &spec); err != nil {
		return spec, fmt.Errorf("read the node's instructions: %w", err)
	}
	return spec, nil
}

func refuse(stderr io.Writer, r *Refusal) int {
	fmt.Fprintln(stderr, r.line())
	return exitRefused
}

// listenUnix listens on a socket only this user may open, taking the place of
// one a dead engine left behind, never of a live one's.
func listenUnix(path string) (net.Listener, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, &Refusal{
			Kind:     ErrLocked,
			Sentence: "Another process is already running this node: stop it first.",
		}
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("remove the old socket: %w", err)
	}
	lis, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for the node's clients: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		lis.Close()
		return nil, fmt.Errorf("protect the node's socket: %w", err)
	}
	return lis, nil
}

// stopGrace is how long lnd may take to stop before it is cut off.
const stopGrace = 15 * time.Second

// stopWithParent waits for the end of stdin, which comes when the supervisor
// closes it or dies.
func stopWithParent(stdin io.Reader, interceptor *signal.Interceptor) {
	_, _ = io.Copy(io.Discard, stdin)
	interceptor.RequestShutdown()
	time.Sleep(stopGrace)
	os.Exit(exitStopped)
}

// trimMemory gives back what the start needed: opening the wallet runs scrypt
// over 256 MB, and Go would keep much of it for minutes.
func trimMemory(stop <-chan struct{}) {
	for _, pause := range []time.Duration{3 * time.Second, 5 * time.Second, 20 * time.Second} {
		select {
		case <-stop:
			return
		case <-time.After(pause):
			debug.FreeOSMemory()
		}
	}
}
