package node

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// childDriver runs `cairn node` as a child process.
type childDriver struct {
	cfg    Config
	socket string
	// tempDir holds the socket when the data folder's path is too long for one.
	tempDir string
}

func newChildDriver(cfg Config) (*childDriver, error) {
	d := &childDriver{cfg: cfg, socket: cfg.paths().socket()}
	if len(d.socket) > maxSocketPath {
		dir, err := os.MkdirTemp("", "cairn-node-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for the node's socket: %w", err)
		}
		d.tempDir, d.socket = dir, filepath.Join(dir, "lnd.sock")
	}
	return d, nil
}

func (d *childDriver) endpoint() endpoint {
	p := d.cfg.paths()
	return endpoint{
		dial: func(ctx context.Context) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", d.socket)
		},
		serverName:   certName,
		certFile:     p.tlsCert(),
		macaroonFile: p.macaroon(),
	}
}

func (d *childDriver) close() {
	if d.tempDir != "" {
		_ = os.RemoveAll(d.tempDir)
	}
}

func (d *childDriver) start() (engine, error) {
	spec, err := json.Marshal(engineSpec{
		Args: lndArgs(d.cfg), Socket: d.socket,
		Dir: d.cfg.Dir, PasswordFile: d.cfg.PasswordFile,
		Network: d.cfg.Network, Backend: d.cfg.Chain.Backend, Listen: d.cfg.Listen,
	})
	if err != nil {
		return nil, fmt.Errorf("write the node's instructions: %w", err)
	}
	cmd := exec.Command(d.cfg.Command[0], d.cfg.Command[1:]...)
	cmd.Env = append(os.Environ(), childEnv(d.cfg)...)
	cmd.Dir = d.cfg.Dir
	cmd.SysProcAttr = procAttr()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("set up the node's process: %w", err)
	}
	tail := &stderrTail{log: d.cfg.Log}
	cmd.Stderr = tail
	c := &child{cfg: d.cfg, cmd: cmd, stdin: stdin, tail: tail, over: make(chan struct{})}

	started := make(chan error, 1)
	go c.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start the node's process: %w", err)
	}
	if _, err := stdin.Write(append(spec, '\n')); err != nil {
		c.kill()
		return nil, fmt.Errorf("instruct the node's process: %w", err)
	}
	return c, nil
}

// child is one life of the engine as a process.
type child struct {
	cfg   Config
	cmd   *exec.Cmd
	stdin io.WriteCloser
	tail  *stderrTail
	over  chan struct{}

	mu    sync.Mutex
	asked bool // a stop was asked for
	cause error
}

// run starts the process and waits for its end, on one thread: the kernel ties
// the death signal to the thread that started it, not to the process.
func (c *child) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := c.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	err := c.cmd.Wait()
	c.mu.Lock()
	c.cause = c.why(err)
	c.mu.Unlock()
	close(c.over)
}

// why puts the end of the process into words; c.mu is held.
func (c *child) why(err error) error {
	if r := parseRefusal(c.tail.last()); r != nil {
		return r
	}
	if err == nil && c.asked {
		return nil
	}
	how := "it ended by itself"
	if err != nil {
		how = err.Error()
	}
	return &Refusal{
		Kind:     ErrCrash,
		Sentence: fmt.Sprintf("The node stopped unexpectedly (%s) and is being started again.", how),
	}
}

func (c *child) ended() <-chan struct{} { return c.over }

func (c *child) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

func (c *child) stop(grace time.Duration) {
	c.mu.Lock()
	c.asked = true
	c.mu.Unlock()
	_ = c.stdin.Close()
	select {
	case <-c.over:
	case <-time.After(grace):
		c.kill()
	}
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	select {
	case <-c.over:
	case <-time.After(5 * time.Second): // uninterruptible in the kernel: give up on waiting
	}
}

// stderrTail passes the child's standard error on to the log, line by line, and
// keeps the last line. lnd's own log goes to its file; what arrives here is a
// panic or a refusal.
type stderrTail struct {
	log *slog.Logger

	mu      sync.Mutex
	partial []byte
	line    string
	lines   int
}

// maxStderrLines bounds what one life of the engine may put into our log.
const maxStderrLines = 400

// Write is called by the process's copying goroutine.
func (t *stderrTail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partial = append(t.partial, p...)
	for {
		advance, line, _ := bufio.ScanLines(t.partial, false)
		if advance == 0 {
			break
		}
		t.take(string(line))
		t.partial = t.partial[advance:]
	}
	if len(t.partial) > 64<<10 {
		t.partial = nil
	}
	return len(p), nil
}

func (t *stderrTail) take(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	t.line = line
	if t.lines++; t.lines <= maxStderrLines && parseRefusal(line) == nil {
		t.log.Warn("node output", "line", line)
	}
}

func (t *stderrTail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.line
}
