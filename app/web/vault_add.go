package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"cairn/notary"
	"cairn/notary/sums"
	"cairn/notary/vault"
	vaultpage "cairn/templates/vault"
)

// Limits of what is added at once.
const (
	maxVaultBody  = 16 << 20
	maxVaultFiles = 200
	// maxFormMemory is how much of a form is held in memory while it is read;
	// the rest waits on disk.
	maxFormMemory = 1 << 20
)

// vaultAddForm is where proofs are brought into a vault; ?digest= fills one in.
func (s *Server) vaultAddForm(c Ctx) error {
	text := ""
	if asked := c.QueryParam("digest"); asked != "" {
		d, err := notary.ParseDigest(asked)
		if err != nil {
			return err
		}
		item, err := s.deps.Vault.Find(c.Request().Context(), who(c).Account, d)
		if err == nil {
			return c.Redirect(http.StatusSeeOther, vaultpage.ItemPath(item.ID))
		}
		if !errors.Is(err, vault.ErrUnknownItem) {
			return err
		}
		text = d.String()
	}
	return s.renderVaultAdd(c, http.StatusOK, vaultpage.AddView{List: text, One: text != ""})
}

func (s *Server) renderVaultAdd(c Ctx, status int, view vaultpage.AddView) error {
	groups, err := s.deps.Vault.Groups(c.Request().Context(), who(c).Account)
	if err != nil {
		return err
	}
	view.Meta, view.Groups = s.ownMeta(c, t(c, "vault.add.title")), groups
	view.Meta.Path = "/vault/add"
	view.Meta.Modules = []string{"js/keep.js"}
	return render(c, status, vaultpage.AddPage(view))
}

// vaultAdd takes a list of digests as sha256sum writes it, .ots files, and the
// file that a browser's own list is exported as. What is wrong with them is
// said on the form, and then nothing was added.
func (s *Server) vaultAdd(c Ctx) error {
	if err := c.Request().ParseMultipartForm(maxFormMemory); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return badForm(err)
	}
	if form := c.Request().MultipartForm; form != nil {
		defer form.RemoveAll() //nolint:errcheck // the system cleans up after us
	}
	list := c.FormValue("list")
	fail := func(err error, words string) error {
		r := ruleFor(err)
		if r.status >= http.StatusInternalServerError {
			return err
		}
		return s.renderVaultAdd(c, r.status, vaultpage.AddView{List: list, Problem: words + sentence(c, err)})
	}
	add, where, err := gather(list, uploads(c))
	if err != nil {
		var line *sums.LineError
		if errors.As(err, &line) {
			return fail(line.Err, t(c, "vault.add.line", "Line", line.Line)+" ")
		}
		if where != "" {
			where += t(c, "vault.add.colon")
		}
		return fail(err, where)
	}
	group, err := s.chosenGroup(c)
	if err != nil {
		return fail(err, "")
	}
	return s.addToVault(c, add, group, fail)
}

// addToVault keeps digests and imports files, and says what became of them.
func (s *Server) addToVault(c Ctx, add additions, group vault.ID, fail func(error, string) error) error {
	ctx, account := c.Request().Context(), who(c).Account
	var kept vault.Kept
	var err error
	if len(add.entries) > 0 {
		if kept, err = s.deps.Vault.Keep(ctx, account, add.entries, group); err != nil {
			return fail(err, "")
		}
	}
	bring := add.files
	var unknown []vaultpage.Unknown
	for _, d := range kept.Unknown {
		if file, ok := add.carried[d]; ok {
			bring = append(bring, brought{add.names[d], file})
		} else {
			unknown = append(unknown, vaultpage.Unknown{Digest: d, Name: add.names[d]})
		}
	}
	for _, b := range bring {
		if _, err := s.deps.Vault.Import(ctx, account, b.file, b.name, group); err != nil {
			return fail(err, b.name+t(c, "vault.add.colon"))
		}
	}
	if len(unknown) > 0 {
		return s.renderVaultAdd(c, http.StatusOK, vaultpage.AddView{Added: kept.Added + len(bring), Had: kept.Had, Unknown: unknown})
	}
	return c.Redirect(http.StatusSeeOther, fmt.Sprintf("/vault?added=%d", kept.Added+len(bring)))
}

// additions is what a form brings.
type additions struct {
	entries []vault.Entry
	names   map[notary.Digest]string
	// carried are proofs that came with entries, for digests that are not in
	// our calendar.
	carried map[notary.Digest][]byte
	files   []brought
}

// brought is a proof that comes as a file.
type brought struct {
	name string
	file []byte
}

func (a *additions) entry(d notary.Digest, name string) {
	a.entries = append(a.entries, vault.Entry{Digest: d, Name: name})
	a.names[d] = name
}

func uploads(c Ctx) []*multipart.FileHeader {
	if form := c.Request().MultipartForm; form != nil {
		return form.File["file"]
	}
	return nil
}

// gather reads what a form brings, all of it before anything is added; where is
// the file an error is about. Errors: ErrForm, ErrTooLarge, vault.ErrEntries,
// sums' kinds, those of vault.CheckFile.
func gather(list string, files []*multipart.FileHeader) (add additions, where string, err error) {
	add = additions{names: map[notary.Digest]string{}, carried: map[notary.Digest][]byte{}}
	if strings.TrimSpace(list) != "" {
		lines, err := sums.Parse(strings.NewReader(list), vault.MaxEntries)
		if err != nil {
			return add, "", err
		}
		for _, l := range lines {
			add.entry(l.Digest, l.Name)
		}
	}
	if len(files) > maxVaultFiles {
		return add, "", vault.ErrEntries
	}
	for _, header := range files {
		if header.Filename == "" && header.Size == 0 {
			continue // a field left empty
		}
		raw, err := readUpload(header)
		if err != nil {
			return add, header.Filename, err
		}
		if bytes.HasPrefix(raw, []byte("{")) {
			err = add.readExport(raw)
		} else if err = vault.CheckFile(raw); err == nil {
			add.files = append(add.files, brought{header.Filename, raw})
		}
		if err != nil {
			return add, header.Filename, err
		}
	}
	if n := len(add.entries) + len(add.files); n == 0 || n > vault.MaxEntries {
		return add, "", vault.ErrEntries
	}
	return add, "", nil
}

func readUpload(header *multipart.FileHeader) ([]byte, error) {
	f, err := header.Open()
	if err != nil {
		return nil, badForm(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxVaultBody))
	if err != nil {
		return nil, badForm(err)
	}
	return raw, nil
}

// readExport reads the file a browser's own list is exported as (format
// "cairn-proofs", docs/proof-list.md).
func (a *additions) readExport(raw []byte) error {
	var list struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
		Proofs  []struct {
			Digest string `json:"digest"`
			Name   string `json:"name"`
			OTS    []byte `json:"ots"`
		} `json:"proofs"`
	}
	if err := json.Unmarshal(raw, &list); err != nil || list.Format != "cairn-proofs" || list.Version != 1 {
		return ErrForm
	}
	if len(list.Proofs) > vault.MaxEntries {
		return vault.ErrEntries
	}
	for _, p := range list.Proofs {
		d, err := notary.ParseDigest(p.Digest)
		if err != nil {
			return err
		}
		if len(p.OTS) > 0 {
			if err := vault.CheckFile(p.OTS); err != nil {
				return err
			}
			a.carried[d] = p.OTS
		}
		a.entry(d, p.Name)
	}
	return nil
}
