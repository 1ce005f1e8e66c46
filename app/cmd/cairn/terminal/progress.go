package terminal

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress tells how far a long job is: a bar with the time left on a
// terminal, a plain line every ten seconds in a pipe, nothing when quiet. It
// is safe for concurrent use.
type Progress struct {
	out  *Output
	what string
	// things and all are how many things and bytes there are; all is 0 when
	// the bytes are not known.
	things, all int64
	bar         *progressbar.ProgressBar // nil without a terminal

	mu          sync.Mutex // guards what is below
	done, bytes int64
	spoke       time.Time
}

// between is the least time between two plain lines.
const between = 10 * time.Second

// Progress starts to tell about a job on so many things and, where known, so
// many bytes; what is a word for the things, such as "files".
func (o *Output) Progress(doing, what string, things, bytes int64) *Progress {
	p := &Progress{out: o, what: doing + " " + what, things: things, all: bytes, spoke: time.Now()}
	if o.Quiet || !o.interactive() {
		return p
	}
	total := bytes
	options := []progressbar.Option{
		progressbar.OptionSetWriter(o.Stderr),
		progressbar.OptionSetDescription(p.what),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(24),
	}
	if total > 0 {
		options = append(options, progressbar.OptionShowBytes(true))
	} else {
		total = things
		options = append(options, progressbar.OptionShowCount())
	}
	p.bar = progressbar.NewOptions64(total, options...)
	return p
}

// interactive reports whether a person watches.
func (o *Output) interactive() bool {
	f, ok := o.Stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Bytes counts bytes done.
func (p *Progress) Bytes(n int) { p.add(0, int64(n)) }

// One counts one thing done.
func (p *Progress) One() { p.add(1, 0) }

func (p *Progress) add(things, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += things
	p.bytes += bytes
	if p.out.Quiet {
		return
	}
	if p.bar != nil {
		p.draw(things, bytes)
		return
	}
	if now := time.Now(); now.Sub(p.spoke) >= between {
		p.spoke = now
		p.out.Remark("%s", p.line())
	}
}

// draw moves the bar, which counts bytes where they are known.
func (p *Progress) draw(things, bytes int64) {
	if p.all == 0 {
		p.bar.Add64(things) //nolint:errcheck // a terminal that is gone is no reason to stop
		return
	}
	p.bar.Add64(bytes) //nolint:errcheck
	if things > 0 {
		p.bar.Describe(fmt.Sprintf("%s %d/%d", p.what, p.done, p.things))
	}
}

// line is where the job stands, in words.
func (p *Progress) line() string {
	s := fmt.Sprintf("%s: %d of %d", p.what, p.done, p.things)
	if p.all > 0 {
		s += fmt.Sprintf(", %s of %s", Size(p.bytes), Size(p.all))
	}
	return s
}

// End takes the bar away.
func (p *Progress) End() {
	if p.bar != nil {
		p.bar.Finish() //nolint:errcheck
	}
}

// Size writes a number of bytes for people: "812 B", "4.0 MB".
func Size(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n)/unit, 0
	for value >= unit && prefix < 4 {
		value /= unit
		prefix++
	}
	return fmt.Sprintf("%.1f %cB", value, "kMGTP"[prefix])
}
