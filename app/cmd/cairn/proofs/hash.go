package proofs

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"runtime"
	"sync"

	"cairn/app/cmd/cairn/terminal"
)

// hashBuffer is how much of a file is in memory at a time, for each worker.
const hashBuffer = 256 << 10

// hashAll takes the digests of the items that name a file, several at once,
// each read as a stream; what could not be read says so in its err. The error
// is ctx's own.
func hashAll(ctx context.Context, items []item, progress *terminal.Progress) error {
	work := make(chan *item)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			buffer := make([]byte, hashBuffer)
			for it := range work {
				it.digest, it.err = hashFile(ctx, it.path, buffer, progress)
				progress.One()
			}
		})
	}
	for i := range items {
		if items[i].path == "" {
			progress.One()
			continue
		}
		if ctx.Err() != nil {
			break
		}
		work <- &items[i]
	}
	close(work)
	group.Wait()
	return ctx.Err()
}

func hashFile(ctx context.Context, path string, buffer []byte, progress *terminal.Progress) (digest [32]byte, err error) {
	r, err := os.Open(path)
	if err != nil {
		return digest, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.CopyBuffer(h, counted{ctx, r, progress}, buffer); err != nil {
		return digest, err
	}
	return [32]byte(h.Sum(nil)), nil
}

// counted is a file being read: it counts, ends with its context, and has no
// other method, so that io.CopyBuffer uses the buffer it is given.
type counted struct {
	ctx      context.Context
	r        io.Reader
	progress *terminal.Progress
}

// Read implements io.Reader.
func (c counted) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(b)
	c.progress.Bytes(n)
	return n, err
}
