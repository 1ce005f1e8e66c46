package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
)

// Whatever the page and the nonces, both ways of filling give the page.
func TestStencilFillsItsHoles(t *testing.T) {
	const hole = "0123456789abcdef"
	for name, page := range map[string]string{
		"empty": "", "no hole": "plain", "only a hole": hole, "at both ends": hole + "x" + hole, "side by side": hole + hole,
		"large": strings.Repeat("stone "+hole+" 山 ", 20_000),
	} {
		for _, nonce := range []string{"PLTEvyOXcf+AjcoVqnyWGw", "", strings.Repeat("n", 255)} {
			st, err := cut([]byte(page), []byte(hole))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(page, hole, nonce)
			var plain, packed bytes.Buffer
			st.fill(&plain, nonce)
			st.fillPacked(&packed, nonce)
			if plain.String() != want {
				t.Errorf("%s: plain is another", name)
			}
			r, err := gzip.NewReader(&packed)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || string(got) != want {
				t.Errorf("%s: packed is another: %v", name, err)
			}
		}
	}
}

func made(text string) func(context.Context, *bytes.Buffer) error {
	return func(ctx context.Context, b *bytes.Buffer) error {
		_, err := b.WriteString(text + templ.GetNonce(ctx))
		return err
	}
}

func known() ([]byte, error) { return []byte("0123456789abcdef"), nil }

// Who has the page made keeps his own nonce, and never sees what stands for it.
func TestStencilsKeepTheirHoleSecret(t *testing.T) {
	s := newStencils(known)
	ctx := templ.WithNonce(t.Context(), "mine")
	st, err := s.get(ctx, "k", time.Unix(0, 0), made("page "))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	st.fill(&b, templ.GetNonce(ctx))
	if b.String() != "page mine" {
		t.Errorf("got %q", b.String())
	}
}

// One makes the page; those who come meanwhile wait for the first, and are given
// the old one afterwards.
func TestStencilsAreMadeByOne(t *testing.T) {
	s, at := newStencils(known), time.Unix(100, 0)
	begun, finish := make(chan struct{}), make(chan struct{})
	slow := func(text string) func(context.Context, *bytes.Buffer) error {
		return func(ctx context.Context, b *bytes.Buffer) error {
			close(begun)
			<-finish
			return made(text)(ctx, b)
		}
	}
	never := func(context.Context, *bytes.Buffer) error { return errors.New("made twice") }
	var all sync.WaitGroup
	all.Go(func() { s.get(t.Context(), "k", at, slow("first")) }) //nolint:errcheck // looked at below
	<-begun
	for range 5 {
		all.Go(func() {
			if st, err := s.get(t.Context(), "k", at, never); err != nil || string(st.parts[0]) != "first" {
				t.Errorf("%v", err)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.get(gone, "k", at, never); !errors.Is(err, context.Canceled) {
		t.Errorf("who went away got %v", err)
	}
	close(finish)
	all.Wait()

	begun, finish = make(chan struct{}), make(chan struct{})
	later := at.Add(stencilLife)
	all.Go(func() { s.get(t.Context(), "k", later, slow("second")) }) //nolint:errcheck
	<-begun
	if st, err := s.get(t.Context(), "k", later, never); err != nil || string(st.parts[0]) != "first" {
		t.Errorf("meanwhile: %v", err)
	}
	s.forget("k") // what is being made may be old already
	close(finish)
	all.Wait()
	if st, err := s.get(t.Context(), "k", later, made("third")); err != nil || string(st.parts[0]) != "third" {
		t.Errorf("a page that was forgotten came back: %v", err)
	}
}

// Errors are not kept, nor is more than there is room for.
func TestStencilsForget(t *testing.T) {
	s, at := newStencils(known), time.Unix(100, 0)
	trouble := errors.New("trouble")
	if _, err := s.get(t.Context(), "k", at, func(context.Context, *bytes.Buffer) error { return trouble }); !errors.Is(err, trouble) {
		t.Errorf("got %v", err)
	}
	if _, err := s.get(t.Context(), "k", at, made("well")); err != nil {
		t.Errorf("the error was kept: %v", err)
	}
	big := strings.Repeat("x", largeStencil*3/4)
	for i := range 200 {
		if _, err := s.get(t.Context(), fmt.Sprint(i), at, made(big)); err != nil {
			t.Fatal(err)
		}
	}
	sum := 0
	for key, e := range s.pages {
		sum += e.st.weight() + len(key)
	}
	if sum != s.bytes || s.bytes > stencilRoom || len(s.pages) < 10 {
		t.Errorf("%d pages of %d bytes, counted as %d", len(s.pages), sum, s.bytes)
	}
	if _, err := s.get(t.Context(), "huge", at, made(strings.Repeat("y", largeStencil+1))); err != nil || s.pages["huge"] != nil {
		t.Errorf("a huge page was kept: %v", err)
	}
}
