package vault_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"
	"time"

	"cairn/app/db"
	"cairn/app/db/dbtest"
	"cairn/notary"
	"cairn/notary/vault"

	"gorm.io/gorm"
)

func TestKeepFindEditMoveRemove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		contract := w.keep(w.me, "contract.pdf", vault.ID{})
		w.keep(w.me, "Bild 100%_ä.JPG", vault.ID{})
		w.keep(w.other, "contract.pdf", vault.ID{})
		trips := w.group(w.me, "Trips")
		if w.group(w.me, " Trips ") != trips {
			t.Error("a second group of the same name")
		}
		if err := w.Edit(ctx, w.me, contract.ID, " the\nlease ", "Signed in Bern", trips); err != nil {
			t.Fatal(err)
		}
		got, err := w.Item(ctx, w.me, contract.ID)
		if err != nil || got.Name != "the lease" || got.Note != "Signed in Bern" || got.GroupName != "Trips" || got.Proof == nil || got.Proof.Stage != notary.StageStored {
			t.Errorf("%+v, %v", got, err)
		}
		d8 := contract.Digest.String()
		for q, want := range map[vault.Query]string{
			{}:                                 "Bild 100%_ä.JPG,the lease",
			{Search: "LEASE"}:                  "the lease",
			{Search: "bern"}:                   "the lease",
			{Search: "%"}:                      "Bild 100%_ä.JPG",
			{Search: "_"}:                      "Bild 100%_ä.JPG",
			{Search: `\`}:                      "",
			{Search: "Ä.jpg"}:                  "Bild 100%_ä.JPG",
			{Search: d8[:6]}:                   "the lease",
			{Search: d8}:                       "the lease",
			{Search: d8[:7]}:                   "the lease",
			{Search: "contract"}:               "",
			{Group: trips}:                     "the lease",
			{Group: trips, Page: 999}:          "the lease",
			{Search: strings.Repeat("长", 500)}: "",
		} {
			if got := w.names(q); got != want {
				t.Errorf("%+v lists %q, want %q", q, got, want)
			}
		}
		if err := w.Move(ctx, w.me, []vault.ID{contract.ID}, vault.ID{}); err != nil || w.names(vault.Query{Group: trips}) != "" {
			t.Errorf("moved out: %v", err)
		}
		if err := w.Remove(ctx, w.me, []vault.ID{contract.ID, {9}}); err != nil || w.names(vault.Query{}) != "Bild 100%_ä.JPG" {
			t.Errorf("removed: %v", err)
		}
		w.wantErr(w.Edit(ctx, w.me, contract.ID, "x", "", vault.ID{}), vault.ErrUnknownItem)
	})
}

func TestKeepMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		var entries []vault.Entry
		for i := range 1200 {
			name := fmt.Sprintf("folder/%d", i)
			entries = append(entries, vault.Entry{Digest: digest(name), Name: name})
			if i != 7 {
				w.notary.set(digest(name), notary.StageStored)
			}
		}
		w.notary.set(digest("folder/3"), notary.StageComplete)
		entries = append(entries, entries[0])
		kept, err := w.Keep(ctx, w.me, entries, vault.ID{})
		if err != nil || kept.Added != 1199 || kept.Had != 0 || len(kept.Unknown) != 1 || kept.Unknown[0] != digest("folder/7") {
			t.Fatalf("%+v, %v", kept, err)
		}
		kept, err = w.Keep(ctx, w.me, entries[:10], vault.ID{})
		if err != nil || kept.Added != 0 || kept.Had != 9 {
			t.Errorf("again: %+v, %v", kept, err)
		}
		page, err := w.List(ctx, w.me, vault.Query{Page: 24})
		if err != nil || page.Total != 1199 || page.Pages != 24 || page.Number != 24 || len(page.Items) != 49 {
			t.Errorf("page %d of %d: %d of %d, %v", page.Number, page.Pages, len(page.Items), page.Total, err)
		}
		item, err := w.Find(ctx, w.me, digest("folder/3"))
		if err != nil || item.Block != 77 || !item.CompleteAt.Equal(w.now) {
			t.Errorf("kept when complete: %+v, %v", item, err)
		}
		long := strings.Repeat("a/", 300) + "end.txt"
		if item := w.keep(w.me, long, vault.ID{}); len([]rune(item.Name)) != vault.MaxName || !strings.HasSuffix(item.Name, "/end.txt") {
			t.Errorf("a long path became %q", item.Name)
		}
		_, err = w.Keep(ctx, w.me, nil, vault.ID{})
		w.wantErr(err, vault.ErrEntries)
		_, err = w.Keep(ctx, w.me, make([]vault.Entry, vault.MaxEntries+1), vault.ID{})
		w.wantErr(err, vault.ErrEntries)
	})
}

// Nothing of one account can be read or changed through another.
func TestAccountsAreApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		mine := w.group(w.me, "Mine")
		item := w.keep(w.me, "contract.pdf", mine)
		own := w.keep(w.other, "other.pdf", vault.ID{})
		token, err := w.Share(ctx, w.me, item.ID, vault.ID{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		shares, _ := w.Shares(ctx, w.me)

		_, err = w.Item(ctx, w.other, item.ID)
		w.wantErr(err, vault.ErrUnknownItem)
		_, err = w.Find(ctx, w.other, item.Digest)
		w.wantErr(err, vault.ErrUnknownItem)
		_, _, err = w.File(ctx, w.other, item.ID)
		w.wantErr(err, vault.ErrUnknownItem)
		w.wantErr(w.Edit(ctx, w.other, item.ID, "x", "", vault.ID{}), vault.ErrUnknownItem)
		w.wantErr(w.Edit(ctx, w.other, own.ID, "x", "", mine), vault.ErrUnknownGroup)
		w.wantErr(w.Move(ctx, w.other, []vault.ID{own.ID}, mine), vault.ErrUnknownGroup)
		w.wantErr(w.RenameGroup(ctx, w.other, mine, "x"), vault.ErrUnknownGroup)
		w.wantErr(w.RemoveGroup(ctx, w.other, mine), vault.ErrUnknownGroup)
		_, err = w.Share(ctx, w.other, item.ID, vault.ID{}, 0)
		w.wantErr(err, vault.ErrUnknownItem)
		_, err = w.Share(ctx, w.other, vault.ID{}, mine, 0)
		w.wantErr(err, vault.ErrUnknownGroup)
		_, err = w.List(ctx, w.other, vault.Query{Group: mine})
		w.wantErr(err, vault.ErrUnknownGroup)
		w.wantErr(w.Walk(ctx, w.other, mine, nil), vault.ErrUnknownGroup)
		for _, do := range []func() error{
			func() error { return w.Remove(ctx, w.other, []vault.ID{item.ID}) },
			func() error { return w.Move(ctx, w.other, []vault.ID{item.ID}, vault.ID{}) },
			func() error { return w.Unshare(ctx, w.other, shares[0].ID) },
			func() error {
				return d.Transact(ctx, func(tx *gorm.DB) error { return vault.Forget(tx, w.other) })
			},
		} {
			if err := do(); err != nil {
				t.Error(err)
			}
		}
		got, err := w.Item(ctx, w.me, item.ID)
		if err != nil || got.Name != "contract.pdf" || got.Group != mine {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := w.Open(ctx, token, 1); err != nil {
			t.Error(err)
		}
		if page, err := w.List(ctx, w.other, vault.Query{}); err != nil || page.Total != 0 {
			t.Errorf("the other was forgotten, yet %+v, %v", page, err)
		}
	})
}

func TestLinks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		trips := w.group(w.me, "Trips")
		item := w.keep(w.me, "a.jpg", trips)
		w.keep(w.me, "b.jpg", trips)
		w.keep(w.me, "secret.pdf", vault.ID{})
		if err := w.Edit(ctx, w.me, item.ID, "a.jpg", "my note", trips); err != nil {
			t.Fatal(err)
		}
		one, err := w.Share(ctx, w.me, item.ID, vault.ID{}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		all, err := w.Share(ctx, w.me, vault.ID{}, trips, 0)
		if err != nil {
			t.Fatal(err)
		}
		shared, err := w.Open(ctx, all, 1)
		if err != nil || shared.Group != "Trips" || shared.Page.Total != 2 || !shared.Expires.IsZero() {
			t.Errorf("%+v, %v", shared, err)
		}
		for _, i := range shared.Page.Items {
			if i.Note != "" {
				t.Error("a stranger reads the note")
			}
		}
		shared, err = w.Open(ctx, one, 1)
		if err != nil || shared.Group != "" || len(shared.Page.Items) != 1 || shared.Page.Items[0].Name != "a.jpg" || !shared.Expires.Equal(w.now.Add(time.Hour)) {
			t.Errorf("%+v, %v", shared, err)
		}
		var files int
		if err := w.OpenWalk(ctx, all, func(i vault.Item, file []byte) error { files++; return nil }); err != nil || files != 2 {
			t.Errorf("%d files, %v", files, err)
		}
		var stored int64
		d.Read(ctx).Table("vault_shares").Where("token_hash = ?", []byte(all)).Count(&stored)
		shares, err := w.Shares(ctx, w.me)
		if err != nil || len(shares) != 2 || stored != 0 {
			t.Errorf("%+v, %v", shares, err)
		}
		for _, wrong := range []string{"", "guess", shares[0].ID.String(), strings.Repeat("x", 5000)} {
			_, err := w.Open(ctx, wrong, 1)
			w.wantErr(err, vault.ErrShare)
		}
		w.now = w.now.Add(time.Hour)
		_, err = w.Open(ctx, one, 1)
		w.wantErr(err, vault.ErrShare)
		w.wantErr(w.OpenWalk(ctx, one, nil), vault.ErrShare)
		for _, s := range shares {
			if s.Group == trips {
				if err := w.Unshare(ctx, w.me, s.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err = w.Open(ctx, all, 1)
		w.wantErr(err, vault.ErrShare)

		// A group or item that goes takes its links along.
		all, _ = w.Share(ctx, w.me, vault.ID{}, trips, 0)
		one, _ = w.Share(ctx, w.me, item.ID, vault.ID{}, 0)
		if err := w.RemoveGroup(ctx, w.me, trips); err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(ctx, w.me, []vault.ID{item.ID}); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{all, one} {
			_, err = w.Open(ctx, token, 1)
			w.wantErr(err, vault.ErrShare)
		}
		if got := w.names(vault.Query{}); got != "secret.pdf,b.jpg" {
			t.Errorf("left: %s", got)
		}
	})
}

func TestGroups(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		a, b := w.group(w.me, "Alps"), w.group(w.me, "Bern")
		w.group(w.other, "Alps")
		w.keep(w.me, "x", a)
		groups, err := w.Groups(ctx, w.me)
		if err != nil || len(groups) != 2 || groups[0] != (vault.Group{ID: a, Name: "Alps", Items: 1}) || groups[1].ID != b {
			t.Errorf("%+v, %v", groups, err)
		}
		w.wantErr(w.RenameGroup(ctx, w.me, b, "Alps"), vault.ErrGroupTaken)
		w.wantErr(w.RenameGroup(ctx, w.me, b, " "), vault.ErrName)
		if err := w.RenameGroup(ctx, w.me, b, "Bern"); err != nil {
			t.Error(err)
		}
		for _, name := range []string{"", "\n", strings.Repeat("x", vault.MaxName+1)} {
			_, err := w.MakeGroup(ctx, w.me, name)
			w.wantErr(err, vault.ErrName)
		}
		for i := range vault.MaxGroups - 2 {
			w.group(w.me, fmt.Sprint(i))
		}
		_, err = w.MakeGroup(ctx, w.me, "one too many")
		w.wantErr(err, vault.ErrTooManyGroups)
		item := w.keep(w.me, "y", a)
		w.wantErr(w.Edit(ctx, w.me, item.ID, strings.Repeat("x", vault.MaxName+1), "", a), vault.ErrName)
		w.wantErr(w.Edit(ctx, w.me, item.ID, "", strings.Repeat("x", vault.MaxNote+1), a), vault.ErrNote)
		w.wantErr(w.Edit(ctx, w.me, item.ID, "", "", vault.ID{7}), vault.ErrUnknownGroup)
	})
}

func TestArchiveNamesStayInside(t *testing.T) {
	var b bytes.Buffer
	a := vault.NewArchive(&b)
	d := digest("x")
	for _, name := range []string{"a.jpg", "A.JPG", "../../etc/passwd", `..\..\x`, "/abs", "C:\\evil", "", "...", "a\x00b", "dir/a.jpg", "x\u202egpj.exe"} {
		if err := a.Add(vault.Item{Name: name, GroupName: "../G", Digest: d}, []byte("proof")); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range r.File {
		lower := strings.ToLower(f.Name)
		if seen[lower] || path.Clean(f.Name) != f.Name || strings.HasPrefix(f.Name, "/") || strings.HasPrefix(f.Name, "..") ||
			strings.ContainsAny(f.Name, "\\:\x00\u202e") || !strings.HasSuffix(f.Name, ".ots") {
			t.Errorf("%q", f.Name)
		}
		seen[lower] = true
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if content, err := io.ReadAll(rc); err != nil || string(content) != "proof" {
			t.Errorf("%s: %q, %v", f.Name, content, err)
		}
	}
	if len(seen) != 11 {
		t.Errorf("%d files", len(seen))
	}
}

func TestWalkGoesThroughAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var entries []vault.Entry
		for i := range 450 { // all kept in the same second
			name := fmt.Sprint(i)
			w.notary.set(digest(name), notary.StageStored)
			entries = append(entries, vault.Entry{Digest: digest(name), Name: name})
		}
		if _, err := w.Keep(t.Context(), w.me, entries, vault.ID{}); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		err := w.Walk(t.Context(), w.me, vault.ID{}, func(i vault.Item, file []byte) error {
			seen[i.Name] = len(file) > 0
			return nil
		})
		if err != nil || len(seen) != 450 {
			t.Errorf("%d, %v", len(seen), err)
		}
	})
}

func FuzzParseID(f *testing.F) {
	f.Add(vault.ID{1, 2, 3}.String())
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAB")
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := vault.ParseID(text); ok && id.String() != text {
			t.Errorf("%q is %q", text, id)
		}
	})
}
