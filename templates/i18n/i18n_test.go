package i18n

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"
)

// texts reads a language's files as key → plural form → text.
func texts(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for _, name := range filesOf(language.MustParse(lang)) {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var entries map[string]any
		if err := toml.Unmarshal(raw, &entries); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, value := range entries {
			if out[key] != nil {
				t.Errorf("%s: %s is in another file too", name, key)
			}
			out[key] = map[string]string{}
			switch v := value.(type) {
			case string:
				out[key]["other"] = v
			case map[string]any:
				for form, text := range v {
					out[key][form] = text.(string)
				}
			}
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// placeholders lists the names in a text, sorted, each once.
func placeholders(text string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestLanguagesSayTheSame(t *testing.T) {
	english, chinese := texts(t, "en"), texts(t, "zh-Hans")
	if len(english) < 100 {
		t.Fatalf("only %d texts were read", len(english))
	}
	for key, forms := range english {
		other, ok := chinese[key]
		if !ok {
			t.Errorf("%s is missing in Chinese", key)
			continue
		}
		if got, want := placeholders(other["other"]), placeholders(forms["other"]); !slices.Equal(got, want) {
			t.Errorf("%s has placeholders %v in Chinese, %v in English", key, got, want)
		}
		if len(forms) > 1 && forms["one"] == "" {
			t.Errorf("%s counts, but has no form for one", key)
		}
		for _, text := range append(values(forms), values(other)...) {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s is empty", key)
			}
		}
	}
	for key := range chinese {
		if _, ok := english[key]; !ok {
			t.Errorf("%s is missing in English", key)
		}
	}
}

func values(forms map[string]string) []string {
	var out []string
	for _, text := range forms {
		out = append(out, text)
	}
	return out
}

// Chinese texts use Chinese punctuation: a half-width comma or question mark
// between Chinese characters is a slip.
func TestChineseTypography(t *testing.T) {
	slip := regexp.MustCompile(`\p{Han}[,;:?!()]|[,;:?!()]\p{Han}|\p{Han}\s+\p{Han}|\p{Han}\.(\s|$)`)
	for key, forms := range texts(t, "zh-Hans") {
		for _, text := range forms {
			if bad := slip.FindString(text); bad != "" {
				t.Errorf("%s: %q in %q", key, bad, text)
			}
		}
	}
}

// Every key is written out where it is used, so that a search finds it: keys
// nobody uses, and uses of keys nobody wrote, are both mistakes.
func TestKeysAreUsedAndWritten(t *testing.T) {
	known := texts(t, "en")
	literal := regexp.MustCompile(`"([a-z]+(?:[.-][a-z0-9-]+)+)"`)
	groups := map[string]bool{}
	for key := range known {
		groups[strings.SplitN(key, ".", 2)[0]] = true
	}
	used := map[string]bool{}
	call := regexp.MustCompile(`\b(?:T|N|t|Sentence|SentenceN|privateMeta)\((?:ctx, |c, )?"([^"]+)"`)
	for _, root := range []string{"..", "../../app/web"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") ||
				!(strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".templ")) {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range literal.FindAllSubmatch(source, -1) {
				used[string(m[1])] = true
			}
			for _, m := range call.FindAllSubmatch(source, -1) {
				if _, ok := known[string(m[1])]; !ok {
					t.Errorf("%s uses %q, which nobody wrote", path, m[1])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for key := range known {
		if !used[key] {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		wishes []string
		want   string
	}{
		{nil, "en"},
		{[]string{"", "", "de-CH"}, "en"},
		{[]string{"", "", "fr, zh-CN;q=0.9, en;q=0.8"}, "zh-Hans"},
		{[]string{"", "zh-Hans", "en"}, "zh-Hans"},
		{[]string{"en", "zh-Hans", "zh"}, "en"},
		{[]string{"xx-nonsense-", "zh", ""}, "zh-Hans"},
		{[]string{strings.Repeat("a,", 5000), "", ""}, "en"},
	} {
		if got := Match(c.wishes...).String(); got != c.want {
			t.Errorf("Match(%.40q) is %s, want %s", c.wishes, got, c.want)
		}
	}
}

func TestNumbersAndTimes(t *testing.T) {
	en, zh := With(context.Background(), English), With(context.Background(), Chinese)
	at := time.Date(2026, 11, 22, 14, 2, 7, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{Number(0), "0"}, {Number(999), "999"}, {Number(1000), "1,000"}, {Number(-1234567), "−1,234,567"},
		{Date(en, at), "22 November 2026"}, {Date(zh, at), "2026年11月22日"},
		{Moment(en, at), "22 November 2026, 14:02 UTC"}, {Moment(zh, at), "2026年11月22日 14:02 UTC"},
		{Clock(at.In(time.FixedZone("", 3600))), "14:02:07 UTC"},
		{Span(en, time.Second), "one second"}, {Span(en, 61*time.Second), "2 minutes"}, {Span(en, 5*time.Hour), "5 hours"},
		{Span(zh, 12*time.Minute), "12 分钟"},
		{N(en, "way.steps.note", 1), "one step, checked"}, {N(en, "way.steps.note", 1234), "1,234 steps, each checked"},
		{T(en, "no.such-key"), "no.such-key"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestSplitPutsSlotsWhereTheLanguageWants(t *testing.T) {
	zh := With(context.Background(), Chinese)
	parts := Split(zh, "proof.say.existed", []string{"Date"})
	want := []Part{{Text: "你的文件最晚在 "}, {Slot: "Date"}, {Text: "就已存在。"}}
	if !slices.Equal(parts, want) {
		t.Errorf("got %v, want %v", parts, want)
	}
}
