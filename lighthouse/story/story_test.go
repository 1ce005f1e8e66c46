package story

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func TestHTML(t *testing.T) {
	for source, want := range map[string]string{
		"":                               "",
		"Hello":                          "<p>Hello</p>\n",
		"# One\n## Two\n##### Five":      "<h3>One</h3>\n<h4>Two</h4>\n<h6>Five</h6>\n",
		"**a** *b* ~~c~~ `d`":            "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>\n",
		"- a\n- b":                       "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n",
		"3. a\n4. b":                     "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n",
		"> a":                            "<blockquote>\n<p>a</p>\n</blockquote>\n",
		"a  \nb":                         "<p>a<br>\nb</p>\n",
		"```go\na < b\n```":              "<pre><code>a &lt; b\n</code></pre>\n",
		"[a](https://example.org/?b&c)":  "<p><a href=\"https://example.org/?b&amp;c\" " + rel + ">a</a></p>\n",
		"https://example.org/":           "<p><a href=\"https://example.org/\" " + rel + ">https://example.org/</a></p>\n",
		"[pay](bitcoin:bcrt1q?amount=1)": "<p><a href=\"bitcoin:bcrt1q?amount=1\" " + rel + ">pay</a></p>\n",
		"|a|b|\n|:-|-:|\n|1|2|":          "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n",
		// What has no place in a story goes, its words stay.
		"![A **roof**](https://spy.example/x.png \"t\")":    "<p>A <strong>roof</strong></p>\n",
		"[![in a link](https://spy.example/x.png)](/admin)": "<p>in a link</p>\n",
		"[a](javascript:alert(1)) [b](data:text/html,x)":    "<p>a b</p>\n",
		"[a](//example.org) [b](/x) [c](#top) [d](ftp://x)": "<p>a b c d</p>\n",
		"<b onclick=x>a</b> <script>alert(1)</script>":      "<p>a alert(1)</p>\n",
		"rel=\"nofollow\"": "<p>rel=&#34;nofollow&#34;</p>\n",
		"你好，**世界**！":       "<p>你好，<strong>世界</strong>！</p>\n",
		"a\xffb":           "<p>a\uFFFDb</p>\n",
	} {
		got, err := HTML(source)
		if err != nil || got != want {
			t.Errorf("%q:\n got %q, %v\nwant %q", source, got, err, want)
		}
	}
}

func TestTooLong(t *testing.T) {
	for what, source := range map[string]string{
		"long":     strings.Repeat("a", MaxSource+1),
		"quotes":   strings.Repeat("> ", 25_000) + "a",
		"bullets":  strings.Repeat("* ", 25_000) + "a",
		"numbers":  strings.Repeat("1. ", 15_000) + "a",
		"emphasis": strings.Repeat("a*_", 16_000),
		"links":    strings.Repeat("[a](", 12_000),
		"cells":    strings.Repeat("|", 25_000) + "\n" + strings.Repeat("|-", 12_000),
		"names":    strings.Repeat("[a]: b\n\n", 6_000),
		"much":     strings.Repeat("\"", MaxSource), // each is six bytes of HTML
	} {
		began := time.Now()
		if _, err := HTML(source); !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: %v", what, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: refused after %s", what, took)
		}
	}
	for what, source := range map[string]string{
		"paragraphs": strings.Repeat("a *b* [c](https://d)\n\n", MaxSource/25),
		"a list":     strings.Repeat("- a **b**\n", 150),
		"nested":     "> > - 1. a\n",
		"rulers":     "* * * * *\n\n- - -\n",
		"a table":    "|a|b|\n|-|-|\n" + strings.Repeat("|c|*d*|\n", 300),
	} {
		if _, err := HTML(source); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// allowed is what may be in a page, written down a second time: element, and its
// attributes.
var allowed = map[string][]string{
	"p": nil, "br": nil, "hr": nil, "h3": nil, "h4": nil, "h5": nil, "h6": nil, "strong": nil, "em": nil, "del": nil,
	"code": nil, "pre": nil, "blockquote": nil, "ul": nil, "ol": {"start"}, "li": nil,
	"table": nil, "thead": nil, "tbody": nil, "tr": nil, "th": nil, "td": nil, "a": {"href", "rel"},
}

// safe reads HTML as a browser does, and looks at everything in it.
func safe(text string) error {
	root, err := html.Parse(strings.NewReader("<!DOCTYPE html><html><head></head><body>" + text + "</body></html>"))
	if err != nil {
		return err
	}
	var visit func(n *html.Node) error
	visit = func(n *html.Node) error {
		switch n.Type {
		case html.CommentNode, html.RawNode:
			return fmt.Errorf("a comment: %q", n.Data)
		case html.ElementNode:
			if frame := n.Data == "html" || n.Data == "head" || n.Data == "body"; !frame || len(n.Attr) > 0 {
				if err := safeElement(n); err != nil {
					return err
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if err := visit(c); err != nil {
				return err
			}
		}
		return nil
	}
	return visit(root)
}

func safeElement(n *html.Node) error {
	attributes, ok := allowed[n.Data]
	if !ok || n.Namespace != "" {
		return fmt.Errorf("an element <%s>", n.Data)
	}
	for _, a := range n.Attr {
		if !slices.Contains(attributes, a.Key) || a.Namespace != "" {
			return fmt.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
		}
		switch a.Key {
		case "rel":
			if a.Val != "nofollow ugc noopener" {
				return fmt.Errorf("rel=%q", a.Val)
			}
		case "start":
			if strings.Trim(a.Val, "-+0123456789") != "" {
				return fmt.Errorf("start=%q", a.Val)
			}
		case "href":
			u, err := url.Parse(a.Val)
			if err != nil || !slices.Contains([]string{"http", "https", "mailto", "bitcoin"}, strings.ToLower(u.Scheme)) {
				return fmt.Errorf("href=%q", a.Val)
			}
			// A browser drops these before it looks at the scheme.
			if strings.ContainsAny(a.Val, "\t\n\r\x00") {
				return fmt.Errorf("href=%q", a.Val)
			}
		}
	}
	if n.Data == "a" && len(n.Attr) != 2 {
		return fmt.Errorf("a link of %d attributes", len(n.Attr))
	}
	return nil
}

var attacks = []string{
	"<script>alert(1)</script>", "<ScRiPt\n>x</sCrIpT >", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
	"[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](java\tscript:alert(1))", "[a](&#106;avascript:alert(1))",
	"[a](&#x6A&#x61;vascript:alert(1))", "[a](data:text/html;base64,PHNjcmlwdD4=)", "[a](vbscript:x)", "<javascript:alert(1)>",
	"[a](<javascript:alert(1)>)", "[a]: javascript:alert(1)\n[a]", "![a](javascript:alert(1))", "![a](x\" onerror=\"alert(1))",
	"[a](https://x \"\\\" onmouseover=alert(1)\")", "[a](https://x\" style=\"color:red)", "<iframe src=https://x></iframe>",
	"<style>*{display:none}</style>", "<p style=x>a</p>", "<a href=https://x id=main>a</a>", "<form action=x><input name=csrf></form>",
	"<!--[if IE]><script>x</script><![endif]-->", "<![CDATA[<script>x</script>]]>", "<?php x ?>", "<math><mtext></mtext></math>",
	"`<script>`", "```<script>\n</code></pre><script>alert(1)</script>\n```", "```\" onclick=\"x\na\n```", "# a {#id onclick=x}",
	"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<a href=\"https://x\" rel=\"opener\">a</a>",
	"&lt;script&gt;alert(1)&lt;/script&gt;", "\x00<script>\x00</script>", "<scr\x00ipt>", "[a](http://[::1]/%zz)", "<https://x/\"onclick=1>",
	"|a|\n|:-:|\n|<script>|", "\u202e<script>", "https://x.example/<script>", "www.example.org/'\"><script>", "a@b.example", "<a@b.example>",
}

func TestAttacks(t *testing.T) {
	for _, a := range attacks {
		got, err := HTML(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := safe(got); err != nil {
			t.Errorf("%q becomes %q: %v", a, got, err)
		}
	}
}

// The test of the tests.
func TestSafeSees(t *testing.T) {
	for _, bad := range []string{
		"<script>x</script>", "<p onclick=x>", "<p style=x>", "<p id=main>", "<img src=x>", "<iframe></iframe>", "<!-- -->", "<svg></svg>",
		`<a href="javascript:x" ` + rel + `>`, `<a href="/x" ` + rel + `>`, `<a href="https://x">`, `<a href="https://x" rel="nofollow">`, "<h2>", "<body onload=x>",
	} {
		if safe(bad) == nil {
			t.Errorf("%s is let through", bad)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, a := range attacks {
		f.Add(a)
	}
	f.Add("# T\n\n1. a\n   - b\n\n|a|b|\n|-|-|\n|`c`|[d](https://e)|\n\n> ~~f~~")
	f.Fuzz(func(t *testing.T, source string) {
		got, err := HTML(source)
		if errors.Is(err, ErrTooLong) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := safe(got); err != nil {
			t.Fatalf("%q becomes %q: %v", source, got, err)
		}
	})
}

func BenchmarkHTML(b *testing.B) {
	source := strings.Repeat("## A part\n\nWords with **weight** and [a link](https://example.org/).\n\n- one\n- two\n\n", 100)
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := HTML(source); err != nil {
			b.Fatal(err)
		}
	}
}
