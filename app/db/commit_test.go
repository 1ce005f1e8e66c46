package db_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"gorm.io/gorm"

	"cairn/app/db"
	"cairn/app/db/dbtest"
)

// cutter stands between a program and PostgreSQL and, while armed, cuts the
// connection right after it has passed a COMMIT on: the server gets it, the
// program never hears how it ended.
type cutter struct {
	armed atomic.Bool
	cuts  atomic.Int64
}

// through starts the cutter and returns the URL that leads through it.
func (c *cutter) through(t *testing.T, direct string) string {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	server := filepath.Join(q.Get("host"), ".s.PGSQL.5432")
	dir, err := os.MkdirTemp("/tmp", "cut-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go c.serve(client, server)
		}
	}()
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return u.String()
}

func (c *cutter) serve(client net.Conn, path string) {
	defer client.Close()
	server, err := net.Dial("unix", path)
	if err != nil {
		return
	}
	var muted atomic.Bool
	go func() {
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if n > 0 && !muted.Load() {
				_, _ = client.Write(buffer[:n])
			}
			if err != nil {
				_ = client.Close()
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if n > 0 {
			if c.armed.Load() && bytes.Contains(bytes.ToLower(buffer[:n]), []byte("commit\x00")) {
				muted.Store(true)
				c.cuts.Add(1)
				_, _ = server.Write(buffer[:n])
				_ = client.Close()
				// The server ends the session once it has read all of it.
				_ = server.(*net.UnixConn).CloseWrite()
				_, _ = io.Copy(io.Discard, server)
				_ = server.Close()
				return
			}
			_, _ = server.Write(buffer[:n])
		}
		if err != nil {
			_ = server.Close()
			return
		}
	}
}

// Every commit's answer is lost. The error says so, nothing is tried again
// behind the caller's back, and a caller that repeats itself under the key of
// its purpose has one effect.
func TestACutCommitHasOneEffect(t *testing.T) {
	direct := dbtest.URL(t, db.Postgres)
	look := dbtest.Connect(t, direct)
	makeCounter(t, look)
	cut := &cutter{}
	d := dbtest.Connect(t, cut.through(t, direct))
	const rounds = 100
	unknown := 0
	for id := 10; id < 10+rounds; id++ {
		add := func(tx *gorm.DB) error {
			// The purpose has a key: only the first effect counts.
			made := tx.Exec("INSERT INTO test_counter (id, n) VALUES (?, 1) ON CONFLICT DO NOTHING", id)
			if made.Error != nil || made.RowsAffected == 0 {
				return made.Error
			}
			return tx.Exec("UPDATE test_counter SET n = n + 1 WHERE id = 1").Error
		}
		cut.armed.Store(true)
		runs := 0
		err := d.Transact(t.Context(), func(tx *gorm.DB) error {
			runs++
			return add(tx)
		})
		if !errors.Is(err, db.ErrCommitUnknown) || runs != 1 {
			t.Fatalf("round %d, %d runs: got %v, want ErrCommitUnknown", id, runs, err)
		}
		unknown++
		cut.armed.Store(false)
		if err := d.Transact(t.Context(), add); err != nil {
			t.Fatalf("round %d again: %v", id, err)
		}
	}
	if n := counter(t, look.Read(t.Context()), 1); n != rounds {
		t.Errorf("%d effects of %d purposes", n, rounds)
	}
	if int(cut.cuts.Load()) != rounds || unknown != rounds {
		t.Errorf("%d cuts, %d of them noticed, want %d", cut.cuts.Load(), unknown, rounds)
	}
}
