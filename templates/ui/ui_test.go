package ui

import (
	"context"
	"strings"
	"testing"

	"cairn/templates/i18n"

	"github.com/a-h/templ"
)

func rendered(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPileShowsCertainPendingAndComing(t *testing.T) {
	for _, c := range []struct {
		pile Pile
		want string
	}{
		{Pile{Total: 6}, "coming coming coming coming coming coming"},
		{Pile{Total: 6, Solid: 2, Pending: 1}, "solid solid pending coming coming coming"},
		{Pile{Total: 6, Solid: 6}, "solid solid solid solid solid solid top"},
		{Pile{Total: 3, Solid: 2, Pending: 5}, "solid solid pending"},
		{Pile{}, "coming"},
		{Pile{Total: 99, Solid: 99}, "solid solid solid solid solid solid top"},
	} {
		var got []string
		for _, s := range c.pile.lie() {
			got = append(got, s.class)
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%+v lies as %q, want %q", c.pile, g, c.want)
		}
	}
}

func TestStonesSayInWordsWhatTheyShow(t *testing.T) {
	svg := rendered(t, t.Context(), Stones(Pile{Total: 6, Solid: 2, Pending: 1, Label: `Confirmed "2" of 6`}))
	if !strings.Contains(svg, `aria-label="Confirmed &#34;2&#34; of 6"`) {
		t.Error("the label is missing or not escaped:", svg)
	}
	if strings.Count(svg, `fill="url(#hatch)"`) != 1 {
		t.Error("exactly one stone is hatched:", svg)
	}
}

func TestSentencesEscapeTextAndKeepComponents(t *testing.T) {
	zh := i18n.With(t.Context(), i18n.Chinese)
	got := rendered(t, zh, Sentence("step.block", Slots{"Height": Bold("<101>"), "Time": Text("a & b")}))
	if want := "已写入区块 <b>&lt;101&gt;</b>，a &amp; b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got = rendered(t, t.Context(), SentenceN("ledger.total", 1, Slots{"Count": Bold("1")}))
	if want := "<b>1</b> fingerprint kept in all"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTreePictureMarksOneWayAndItsNeighbours(t *testing.T) {
	edges, knots := treePicture()
	count := map[string]int{}
	for _, k := range knots {
		count[k.class]++
	}
	mine := 0
	for _, e := range edges {
		if e.mine {
			mine++
		}
	}
	if len(knots) != 15 || len(edges) != 14 || mine != 3 || count["mine"] != 4 || count["beside"] != 3 {
		t.Errorf("%d knots, %d edges, %d of them mine, classes %v", len(knots), len(edges), mine, count)
	}
}
