package proofs

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"cairn/app/cmd/cairn/terminal"
	"cairn/notary/client"
	"cairn/notary/ots"
	"cairn/notary/verify"
)

// VerifyCmd checks files against their proofs, and the proofs against block
// headers.
type VerifyCmd struct {
	Paths  []string `arg:"" name:"file" help:"A file whose proof is beside it, a proof, a file and its proof, or a folder."`
	Digest string   `help:"Digest of the file, in hexadecimal, instead of the file." placeholder:"HEX"`

	HeaderFlags
	Offline bool `help:"Do not ask the calendars of a pending proof."`

	CalendarFlags
	JSON   bool `help:"Print the result as one JSON object." xor:"form"`
	NDJSON bool `name:"ndjson" help:"Print a JSON object on a line for each proof, and one for the whole at the end." xor:"form"`
	Quiet  bool `short:"q" help:"Print results and errors only."`
}

// Help tells kong what stands below the flags.
func (VerifyCmd) Help() string {
	return `A block header says when the block was made to within some hours; the day is what counts.
Who gives you the headers must be trusted to know the best chain, but cannot make up work that was never done.
A folder is checked as a whole: every proof in it against the file beside it.

Exit codes: 0 confirmed by a block; 1 refuted (another file, or a block that does not have it) or failed;
2 wrong use; 3 pending: no block has it yet; 4 undecided: the file or the headers are missing, or nothing in
the proof can be checked. For several proofs it is the first of 1, 4, 3 that applies to one of them.`
}

// Run implements the command.
func (c *VerifyCmd) Run(ctx context.Context, out *terminal.Output) error {
	out.Quiet = out.Quiet || c.Quiet
	targets, failed, many, err := c.targets(ctx)
	if err != nil {
		return err
	}
	headers, err := c.source(c.Timeout)
	if err != nil {
		return err
	}
	allowed, err := c.allowed()
	if err != nil {
		return err
	}
	v := &verification{cmd: c, out: out, headers: headers, desk: newDesk(allowed, client.HTTP(c.Timeout)), failed: failed}
	if !many {
		return v.one(ctx, targets[0])
	}
	return v.several(ctx, targets)
}

// verification is one run of the command.
type verification struct {
	cmd     *VerifyCmd
	out     *terminal.Output
	headers verify.Headers
	desk    *desk
	failed  []failedJSON
}

// checked is what became of one target.
type checked struct {
	target
	hash    ots.OpCode
	digest  []byte
	verdict *verify.Verdict
	// completed: a calendar added to the proof, in memory.
	completed bool
	// err: the file is another one, or it or the proof could not be read.
	err error
}

// one checks a single target and tells everything about it.
func (v *verification) one(ctx context.Context, t target) error {
	if err := v.askCalendars(ctx, []target{t}); err != nil {
		return err
	}
	progress := v.out.Progress("reading", "file", 1, sizeOf(t.file))
	r := v.check(ctx, t, make([]byte, hashBuffer), progress)
	progress.End()
	if r.err != nil {
		return r.err
	}
	var err error
	switch {
	case v.cmd.JSON:
		err = v.out.JSON(r.json())
	case v.cmd.NDJSON:
		err = v.out.Line(r.json())
	default:
		v.desk.remarkFailures(v.out)
		sayVerdict(v.out, r, v.headers)
	}
	if r.completed {
		v.out.Remark("a calendar has completed the proof; to keep that: cairn upgrade %s", t.proof)
	}
	if code := r.code(); err == nil && code != terminal.ExitOK {
		return terminal.SilentExit(code)
	}
	return err
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// askCalendars puts every question of the proofs that no block attests yet,
// each once. What comes stays in memory.
func (v *verification) askCalendars(ctx context.Context, targets []target) error {
	if v.cmd.Offline {
		return nil
	}
	for range followUps {
		seen := map[client.Question]bool{}
		var questions []client.Question
		for _, t := range targets {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			f, err := readProof(t.proof)
			if err != nil {
				continue // checking it will say so
			}
			client.Apply(f.Timestamp, v.desk.answers)
			if f.Timestamp.Complete() {
				continue
			}
			for _, q := range v.desk.unasked(v.desk.shared(client.Questions(f.Timestamp))) {
				if !seen[q] {
					seen[q] = true
					questions = append(questions, q)
				}
			}
		}
		if len(questions) == 0 {
			return nil
		}
		v.desk.ask(ctx, questions, time.Now())
	}
	return ctx.Err()
}

// several checks targets, some at a time, and tells how many came out how.
func (v *verification) several(ctx context.Context, targets []target) error {
	if err := v.askCalendars(ctx, targets); err != nil {
		return err
	}
	var bytes int64
	for _, t := range targets {
		bytes += sizeOf(t.file)
	}
	progress := v.out.Progress("checking", "files", int64(len(targets)), bytes)
	results := make([]checked, len(targets))
	work := make(chan int)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			buffer := make([]byte, hashBuffer)
			for i := range work {
				results[i] = v.check(ctx, targets[i], buffer, progress)
				if !v.cmd.JSON && !v.cmd.NDJSON {
					results[i].forgetDetails()
				}
				progress.One()
			}
		})
	}
	for i := range targets {
		if ctx.Err() != nil {
			break
		}
		work <- i
	}
	close(work)
	group.Wait()
	progress.End()
	if err := ctx.Err(); err != nil {
		return err
	}
	return v.report(results)
}

// check reads a proof and its file and judges them.
func (v *verification) check(ctx context.Context, t target, buffer []byte, progress *terminal.Progress) checked {
	r := checked{target: t}
	f, err := readProof(t.proof)
	if err != nil {
		r.err = err
		return r
	}
	r.hash, r.digest = f.Hash, f.Digest()
	if r.err = v.match(ctx, t, f, buffer, progress); r.err != nil {
		return r
	}
	_, r.completed = client.Apply(f.Timestamp, v.desk.answers)
	r.verdict, r.err = verify.Check(ctx, f.Timestamp, v.headers)
	return r
}

// match compares a proof with the file or the digest that it should be for.
func (v *verification) match(ctx context.Context, t target, f *ots.File, buffer []byte, progress *terminal.Progress) error {
	if t.file == "" {
		digest, err := hex.DecodeString(strings.TrimSpace(v.cmd.Digest))
		if err != nil || len(digest) != len(f.Digest()) {
			return terminal.UsageError(fmt.Sprintf("--digest: the proof is for a %s digest, %d hexadecimal digits", f.Hash, 2*len(f.Digest())))
		}
		return verify.Match(f, digest)
	}
	r, err := os.Open(t.file)
	if errors.Is(err, fs.ErrNotExist) && t.proof == t.file+proofExt {
		return fmt.Errorf("%w (the file that %s is for)", err, t.proof)
	}
	if err != nil {
		return err
	}
	defer r.Close()
	digest, err := verify.Digest(f, counted{ctx, r, progress}, buffer)
	if err != nil {
		return err
	}
	if err := verify.Match(f, digest); err != nil {
		return fmt.Errorf("%s: %w", t.file, err)
	}
	return nil
}

// forgetDetails keeps what is told of one among thousands.
func (r *checked) forgetDetails() {
	if r.digest = nil; r.verdict != nil {
		r.verdict = &verify.Verdict{Outcome: r.verdict.Outcome, Time: r.verdict.Time}
	}
}

// code is the exit code of what was found.
func (r *checked) code() int {
	switch {
	case errors.Is(r.err, fs.ErrNotExist):
		return terminal.ExitUndecided
	case r.err != nil:
		return terminal.ExitFail
	case r.verdict.Outcome == verify.Confirmed:
		return terminal.ExitOK
	case r.verdict.Outcome == verify.Mismatch:
		return terminal.ExitFail
	case r.verdict.Outcome == verify.Pending:
		return terminal.ExitPending
	}
	return terminal.ExitUndecided
}
