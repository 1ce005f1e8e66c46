package dbtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cairn/app/db"
)

// Postgres is a private PostgreSQL server with a data folder of its own.
type Postgres struct {
	bin   string // folder of postgres and initdb
	dir   string // holds data/, log and the socket
	owner *syscall.SysProcAttr
	leash io.Closer // closed by Server, or by the kernel when this process ends: see watch

	mu     sync.Mutex
	server *exec.Cmd     // guarded by mu; nil while stopped
	exited chan struct{} // closed when server has ended

	template sync.Once
	failed   error // of template
}

const templateName = "cairn_template"

// errPostgresMissing is the sentence for a machine without PostgreSQL.
var errPostgresMissing = errors.New("PostgreSQL is not installed: apt-get install postgresql (or set CAIRN_TEST_POSTGRES=off to leave its tests out)")

var sharedServer = sync.OnceValues(start)

func shared(tb testing.TB) *Postgres {
	tb.Helper()
	skipUnlessWanted(tb)
	s, err := sharedServer()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Server starts a PostgreSQL of the test's own, which the test may stop, crash
// and start again without disturbing others. It ends with the test.
func Server(tb testing.TB) *Postgres {
	tb.Helper()
	skipUnlessWanted(tb)
	s, err := start()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = s.StopImmediate()
		_ = s.leash.Close()
	})
	return s
}

func skipUnlessWanted(tb testing.TB) {
	tb.Helper()
	if os.Getenv("CAIRN_TEST_POSTGRES") == "off" {
		tb.Skip("CAIRN_TEST_POSTGRES=off")
	}
}

// Database makes a fresh, migrated database on the server and returns its URL.
// It is dropped when the test ends, if the server still runs.
func (s *Postgres) Database(tb testing.TB) string {
	tb.Helper()
	s.template.Do(func() { s.failed = s.makeTemplate() })
	if s.failed != nil {
		tb.Fatal(s.failed)
	}
	return s.create(tb, " TEMPLATE "+templateName)
}

func (s *Postgres) empty(tb testing.TB) string {
	tb.Helper()
	return s.create(tb, "")
}

func (s *Postgres) create(tb testing.TB, options string) string {
	tb.Helper()
	var id [8]byte
	_, _ = rand.Read(id[:])
	name := "t_" + hex.EncodeToString(id[:])
	if err := s.exec("CREATE DATABASE " + name + options); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// A test that stopped its server has nothing left to drop.
		_ = s.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
	})
	return s.url(name)
}

func (s *Postgres) makeTemplate() error {
	ctx := context.Background()
	if err := s.exec("CREATE DATABASE " + templateName); err != nil {
		return err
	}
	d, err := db.Open(ctx, s.url(templateName), db.WithLog(quiet()))
	if err != nil {
		return err
	}
	_, err = d.Migrate(ctx)
	return errors.Join(err, d.Close())
}

// StopImmediate ends the server as a crash would (pg_ctl stop -m immediate):
// connections break, nothing is flushed that was not yet.
func (s *Postgres) StopImmediate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return nil
	}
	if err := s.server.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping PostgreSQL: %w", err)
	}
	select {
	case <-s.exited:
	case <-time.After(30 * time.Second):
		_ = s.server.Process.Kill()
		<-s.exited
	}
	s.server = nil
	return nil
}

// Start runs the server, again after StopImmediate, and returns when it takes
// connections. It recovers from its log first, as after a crash.
func (s *Postgres) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return nil
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	// fsync stays on: tests of durability rely on it.
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data(), "-k", s.dir,
		"-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
		"-c", "max_wal_size=512MB", "-c", "autovacuum_naptime=10s", "-c", "log_min_messages=warning")
	cmd.Dir, cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = s.dir, s.owner, log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	s.server, s.exited = cmd, exited
	for deadline := time.Now().Add(60 * time.Second); ; {
		err := s.exec("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			s.server = nil
			return fmt.Errorf("PostgreSQL ended at once: %s", s.tail())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not take connections: %w: %s", err, s.tail())
		}
	}
}

func (s *Postgres) data() string { return filepath.Join(s.dir, "data") }

func (s *Postgres) url(database string) string {
	q := url.Values{"host": {s.dir}, "user": {"postgres"}}
	return "postgres:///" + database + "?" + q.Encode()
}

func (s *Postgres) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// tail is the end of the server's log.
func (s *Postgres) tail() string {
	log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(log[max(0, len(log)-2000):])
}

// start makes a data folder, runs a server on it, and leaves a watchdog behind
// that outlives this process.
func start() (*Postgres, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	// Short, because the path of a unix socket may have some 100 bytes only.
	dir, err := os.MkdirTemp("/tmp", "cairn-pg-")
	if err != nil {
		return nil, err
	}
	s := &Postgres{bin: bin, dir: dir, owner: &syscall.SysProcAttr{Setpgid: true}}
	if os.Geteuid() == 0 {
		// PostgreSQL refuses to run as root; the package brings a user.
		if err := s.ownedByPackageUser(); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	if err := s.watch(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", s.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, s.owner
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, s.Start()
}

// find looks for the server's programs: the newest of Debian's folders, which
// are not on the PATH, else whatever is.
func find() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	sort.Slice(found, func(i, j int) bool { return debianVersion(found[i]) < debianVersion(found[j]) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errPostgresMissing
	}
	return filepath.Dir(path), nil
}

// debianVersion is 15 for /usr/lib/postgresql/15/bin/initdb.
func debianVersion(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

func (s *Postgres) ownedByPackageUser() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("the tests run as root, and the user postgres of the package is missing: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	s.owner.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.dir, int(uid), int(gid))
}

// watchdog waits until its standard input ends, which happens when this
// process ends in whatever way, then stops the server and removes its folder.
// It reads the server's id anew, as a test may have restarted it.
const watchdog = `
cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
	kill -QUIT "$pid" 2>/dev/null
	n=0
	while kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
	kill -KILL "$pid" 2>/dev/null
fi
rm -rf "$1"
`

func (s *Postgres) watch() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", watchdog, "watchdog", s.dir)
	cmd.Dir, cmd.Stdin, cmd.SysProcAttr = "/", r, &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("starting the watchdog: %w", err), w.Close())
	}
	s.leash = w
	go func() { _ = cmd.Wait() }()
	return nil
}
