// Command build makes what browsers load out of public/src and public/vendor:
// bundled and minified modules into public/js, the style sheet into
// public/css. It needs no Node, and the same sources give the same bytes. Run
// it by `go generate ./public`.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	do := run
	if len(os.Args) == 2 && os.Args[1] == "vendor" {
		do = vendor
	}
	if err := do("."); err != nil {
		fmt.Fprintln(os.Stderr, "public/build:", err)
		os.Exit(1)
	}
}

// run writes every file of build into the public folder at dir.
func run(dir string) error {
	files, err := build(dir)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// build returns the content of each file to be served, by its path below dir.
func build(dir string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	for _, b := range []struct {
		in, out string
		format  api.Format
	}{
		{"src/cairn.js", "js/cairn.js", api.FormatESModule},
		{"src/home.js", "js/stamp.js", api.FormatESModule},
		{"src/mylist.js", "js/proofs.js", api.FormatESModule},
		{"src/passkey.js", "js/passkey.js", api.FormatESModule},
		{"src/wallet.js", "js/wallet.js", api.FormatESModule},
		{"src/keep.js", "js/keep.js", api.FormatESModule},
		{"src/tickets.js", "js/tickets.js", api.FormatESModule},
		{"src/checkout.js", "js/checkout.js", api.FormatESModule},
		{"src/campaign.js", "js/campaign.js", api.FormatESModule},
		{"src/wallet/index.js", "js/keys.js", api.FormatESModule},
		{"src/mywallet.js", "js/mywallet.js", api.FormatESModule},
		{"src/pledge.js", "js/pledge.js", api.FormatESModule},
		{"src/creator.js", "js/creator.js", api.FormatESModule},
		{"src/assetdesk.js", "js/assetdesk.js", api.FormatESModule},
		{"src/voucher/index.js", "js/bearer.js", api.FormatESModule},
		{"vendor/qr/qr.js", "js/qr.js", api.FormatESModule},
		{"vendor/qr/qrdecode.js", "js/qrread.js", api.FormatESModule},
		{"src/shop.js", "js/shop.js", api.FormatESModule},
		{"src/till.js", "js/till.js", api.FormatESModule},
		{"src/voucher.js", "js/voucher.js", api.FormatESModule},
		{"src/hasher.js", "js/hasher.js", api.FormatIIFE},
		{"src/standin.js", "offline/standin.js", api.FormatIIFE},
		{"src/cairn.css", "css/cairn.css", api.FormatDefault},
	} {
		content, err := bundle(filepath.Join(dir, b.in), b.format)
		if err != nil {
			return nil, err
		}
		files[b.out] = content
	}
	live, err := live(dir)
	if err != nil {
		return nil, err
	}
	files["js/live.js"] = live
	if files["offline/verify.html"], err = offline(dir, "offline"); err != nil {
		return nil, err
	}
	files["offline/receipt.html"], err = offline(dir, "receipt")
	return files, err
}

func bundle(path string, format api.Format) ([]byte, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{abs},
		AbsWorkingDir:     filepath.Dir(abs),
		Bundle:            true,
		Format:            format,
		Target:            api.ES2022,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      format != api.FormatDefault, // light-dark() stays as written
		LegalComments:     api.LegalCommentsInline,
		Charset:           api.CharsetUTF8,
	})
	for _, m := range result.Errors {
		return nil, errors.New(m.Text)
	}
	return result.OutputFiles[0].Contents, nil
}

// live is htmx and its two extensions, already minified, in one file: the
// pages that follow something live load it in one request.
func live(dir string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("/* htmx 4.0.1 with hx-sse and hx-csp, Zero-Clause BSD, https://htmx.org */\n")
	for _, name := range []string{"htmx.min.js", "hx-sse.min.js", "hx-csp.min.js"} {
		part, err := os.ReadFile(filepath.Join(dir, "vendor", name))
		if err != nil {
			return nil, err
		}
		b.Write(bytes.TrimSpace(part))
		b.WriteString("\n")
	}
	return b.Bytes(), nil
}
