package proofs

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary"
	"cairn/notary/sums"
)

// item is one digest on its way into one proof.
type item struct {
	// path is the file to read; empty when the digest was given.
	path string
	// name is what the item is called; empty for a digest alone.
	name string
	// proof is where its proof goes.
	proof  string
	digest [32]byte
	size   int64
	// replace: there is a proof already, which becomes a backup.
	replace bool
	// err is why it could not be stamped.
	err error
}

// plan is what a stamp is to do, found out before anything is sent.
type plan struct {
	items []item
	// bytes is how much there is to read.
	bytes int64
	// skipped counts files whose proof is there already; newer are those among
	// them that were changed after it was made.
	skipped, newer int
	// passed counts what a folder holds besides files to stamp.
	hidden, links, special, proofs int
	// failed are files and folders that could not be looked at.
	failed []item
	// many: a folder or a list was named, so results are counted, not listed.
	many bool

	taken map[string]item // by the proofs' names
}

// maxListed is how many digests --sums takes.
const maxListed = 10_000_000

// plan lists what is to be stamped and where each proof goes, and refuses what
// cannot work: names that are not there, a list with bad lines, two proofs in
// one place.
func (c *StampCmd) plan(ctx context.Context, out *terminal.Output) (*plan, error) {
	p := &plan{taken: map[string]item{}}
	for _, path := range c.Paths {
		if err := c.planPath(ctx, p, path); err != nil {
			return nil, err
		}
	}
	for _, text := range c.Digest {
		digest, err := notary.ParseDigest(text)
		if err != nil {
			return nil, terminal.UsageError("--digest: " + err.Error())
		}
		if err := c.take(p, item{digest: digest}, digest.String()); err != nil {
			return nil, err
		}
	}
	if c.Sums != "" {
		if err := c.planSums(p, out.Stdin); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// planPath takes a file or a folder that was named; a link is followed.
func (c *StampCmd) planPath(ctx context.Context, p *plan, path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		p.many = true
		return c.planFolder(ctx, p, path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: only files and folders can be stamped", path)
	case isProofName(path):
		p.proofs++
		return nil
	}
	name := path
	if c.into() {
		name = filepath.Base(path)
	}
	return c.take(p, item{path: path, name: path, size: info.Size()}, name)
}

// planFolder walks a folder in the order of its names. Links are not followed;
// hidden files and folders are passed over unless asked for, proofs always.
func (c *StampCmd) planFolder(ctx context.Context, p *plan, root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			p.failed = append(p.failed, item{path: path, name: path, err: err})
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if path != root && !c.Hidden && strings.HasPrefix(d.Name(), ".") {
			p.hidden++
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			p.links++
			return nil
		case !d.Type().IsRegular():
			p.special++
			return nil
		case isProofName(path):
			p.proofs++
			return nil
		}
		info, err := d.Info()
		if err != nil {
			p.failed = append(p.failed, item{path: path, name: path, err: err})
			return nil
		}
		name := path
		if c.into() {
			if name, err = filepath.Rel(root, path); err != nil {
				return err
			}
		}
		return c.take(p, item{path: path, name: path, size: info.Size()}, name)
	})
}

// planSums takes a list of digests.
func (c *StampCmd) planSums(p *plan, stdin io.Reader) error {
	r := stdin
	if c.Sums != "-" {
		file, err := os.Open(c.Sums)
		if err != nil {
			return err
		}
		defer file.Close()
		r = file
	}
	entries, err := sums.Parse(r, maxListed)
	if err != nil {
		return fmt.Errorf("nothing was stamped: %s: %w", c.Sums, err)
	}
	p.many = true
	for _, e := range entries {
		name := e.Name
		if name == "" {
			name = hex.EncodeToString(e.Digest[:])
		}
		if c.into() && !filepath.IsLocal(name) {
			return fmt.Errorf("nothing was stamped: %s: line %d: %q leads out of the folder of --output", c.Sums, e.Line, name)
		}
		if err := c.take(p, item{name: e.Name, digest: e.Digest}, name); err != nil {
			return err
		}
	}
	return nil
}

// take adds an item whose proof is called after name, or counts it when its
// proof is there already.
func (c *StampCmd) take(p *plan, it item, name string) error {
	it.proof = name + proofExt
	if c.into() {
		it.proof = filepath.Join(c.Output, it.proof)
	} else if c.Output != "" {
		it.proof = c.Output
	}
	it.proof = filepath.Clean(it.proof)
	if other, taken := p.taken[it.proof]; taken {
		if other.path == it.path && other.digest == it.digest {
			return nil // named twice
		}
		return terminal.UsageError(it.proof + ": two proofs would go there; stamp one after the other, or into different folders")
	}
	p.taken[it.proof] = it

	there, err := os.Lstat(it.proof)
	switch {
	case err == nil && !c.Force:
		return p.skip(it, there)
	case err == nil:
		it.replace = true
	case !errors.Is(err, fs.ErrNotExist):
		p.failed = append(p.failed, item{path: it.path, name: it.name, err: err})
		return nil
	}
	p.items = append(p.items, it)
	p.bytes += it.size
	return nil
}

// skip counts an item whose proof is there already, if that is one.
func (p *plan) skip(it item, there fs.FileInfo) error {
	f, err := readProof(it.proof)
	if err != nil {
		it.err = fmt.Errorf("something else is in the place of its proof (--force moves it aside): %w", err)
		p.failed = append(p.failed, it)
		return nil
	}
	if it.path == "" && !bytes.Equal(f.Digest(), it.digest[:]) {
		it.err = fmt.Errorf("%s is there already, for another digest (--force moves it aside)", it.proof)
		p.failed = append(p.failed, it)
		return nil
	}
	p.skipped++
	if it.path != "" {
		if file, err := os.Stat(it.path); err == nil && file.ModTime().After(there.ModTime()) {
			p.newer++
		}
	}
	return nil
}

// into reports whether --output names a folder for proofs rather than the one
// proof.
func (c *StampCmd) into() bool {
	if c.Output == "" {
		return false
	}
	return isFolder(c.Output) || os.IsPathSeparator(c.Output[len(c.Output)-1]) || !c.single()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// single reports whether only one thing was named, and that no folder.
func (c *StampCmd) single() bool {
	if c.Sums != "" || len(c.Paths)+len(c.Digest) != 1 {
		return false
	}
	return len(c.Paths) == 0 || !isFolder(c.Paths[0])
}

// isProofName reports whether a file is a proof or a backup of one by its name.
func isProofName(path string) bool {
	base := filepath.Base(path)
	if i := strings.LastIndex(base, proofExt+backupExt); i > 0 {
		rest := base[i+len(proofExt+backupExt):]
		return strings.Trim(rest, "0123456789") == ""
	}
	return strings.HasSuffix(base, proofExt)
}
