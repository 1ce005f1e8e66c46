package web

import (
	"net/http"
	"net/url"
	"strconv"

	"cairn/notary/vault"
	vaultpage "cairn/templates/vault"

	"github.com/labstack/echo/v4"
)

// vaultRoutes are those of what accounts keep, and of links to it.
func (s *Server) vaultRoutes(formLimit echo.MiddlewareFunc) {
	archiveLimit := s.limit(0.1, 10)
	small := bodyLimit(64 << 10)

	s.get("vault", "/vault", s.vault, s.signedIn)
	s.get("vault-add-form", "/vault/add", s.vaultAddForm, s.signedIn)
	s.post("vault-add", "/vault/add", s.vaultAdd, bodyLimit(maxVaultBody), s.limit(0.5, 20), s.signedIn)
	s.post("vault-items", "/vault/items", s.vaultItems, small, formLimit, s.signedIn)
	s.get("vault-item", "/vault/items/:id", s.vaultItem, s.signedIn)
	s.post("vault-item-edit", "/vault/items/:id", s.vaultEdit, small, formLimit, s.signedIn)
	s.get("vault-item-file", "/vault/items/:id/proof.ots", s.vaultFile, s.signedIn)
	s.post("vault-groups", "/vault/groups", s.vaultMakeGroup, small, formLimit, s.signedIn)
	s.post("vault-group-rename", "/vault/groups/:id", s.vaultRenameGroup, small, formLimit, s.signedIn)
	s.post("vault-group-remove", "/vault/groups/:id/remove", s.vaultRemoveGroup, small, formLimit, s.signedIn)
	s.get("vault-archive", "/vault/proofs.zip", s.vaultArchive, archiveLimit, s.signedIn)
	s.get("vault-links", "/vault/links", s.vaultLinks, s.signedIn)
	s.post("vault-share", "/vault/share", s.vaultShare, small, formLimit, s.signedIn)
	s.post("vault-unshare", "/vault/unshare", s.vaultUnshare, small, formLimit, s.signedIn)

	s.get("shared", "/s/:token", s.shared)
	s.get("shared-archive", "/s/:token/proofs.zip", s.sharedArchive, archiveLimit)
}

// vault is the list.
func (s *Server) vault(c Ctx) error {
	ctx, account := c.Request().Context(), who(c).Account
	page, _ := strconv.Atoi(c.QueryParam("page")) // what is no number is the first
	q := vault.Query{Search: c.QueryParam("q"), Group: groupParam(c.QueryParam("group")), Page: page}
	list, err := s.deps.Vault.List(ctx, account, q)
	if err != nil {
		return err
	}
	groups, err := s.deps.Vault.Groups(ctx, account)
	if err != nil {
		return err
	}
	view := vaultpage.View{Meta: s.ownMeta(c, t(c, "vault.title")), Page: list, Groups: groups, Search: q.Search, Group: q.Group, Now: s.cfg.Now()}
	view.Added = c.QueryParam("added")
	return render(c, http.StatusOK, vaultpage.Page(view))
}

// groupParam reads a group from a form or address. What is malformed is no
// group of anybody's: the vault refuses it.
func groupParam(text string) vault.ID {
	if text == "" {
		return vault.ID{}
	}
	id, ok := vault.ParseID(text)
	if !ok {
		return noGroup
	}
	return id
}

// noGroup is the id of no group.
var noGroup = vault.ID{0xff}

// chosenGroup is the group a form chose, or names for the first time.
func (s *Server) chosenGroup(c Ctx) (vault.ID, error) {
	if name := c.FormValue("new-group"); name != "" {
		return s.deps.Vault.MakeGroup(c.Request().Context(), who(c).Account, name)
	}
	return groupParam(c.FormValue("group")), nil
}

// itemParam reads an item from the address. Error: vault.ErrUnknownItem.
func itemParam(c Ctx) (vault.ID, error) {
	id, ok := vault.ParseID(c.Param("id"))
	if !ok {
		return id, vault.ErrUnknownItem
	}
	return id, nil
}

// vaultItem is the page of one item.
func (s *Server) vaultItem(c Ctx) error {
	id, err := itemParam(c)
	if err != nil {
		return err
	}
	item, err := s.deps.Vault.Item(c.Request().Context(), who(c).Account, id)
	if err != nil {
		return err
	}
	groups, err := s.deps.Vault.Groups(c.Request().Context(), who(c).Account)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, vaultpage.ItemPage(vaultpage.ItemView{
		Meta: s.ownMeta(c, t(c, "vault.title")), Item: item, Groups: groups, Now: s.cfg.Now(),
	}))
}

// vaultEdit changes an item's words and group.
func (s *Server) vaultEdit(c Ctx) error {
	id, err := itemParam(c)
	if err != nil {
		return err
	}
	group, err := s.chosenGroup(c)
	if err != nil {
		return err
	}
	err = s.deps.Vault.Edit(c.Request().Context(), who(c).Account, id, c.FormValue("name"), c.FormValue("note"), group)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/vault")
}

// vaultFile is an item's .ots file as it stands now.
func (s *Server) vaultFile(c Ctx) error {
	id, err := itemParam(c)
	if err != nil {
		return err
	}
	_, file, err := s.deps.Vault.File(c.Request().Context(), who(c).Account, id)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, "attachment")
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, "application/vnd.opentimestamps.v1", file)
}

// vaultItems moves or removes the items that were ticked.
func (s *Server) vaultItems(c Ctx) error {
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	var items []vault.ID
	for _, text := range c.Request().PostForm["item"] {
		id, ok := vault.ParseID(text)
		if !ok {
			return vault.ErrUnknownItem
		}
		items = append(items, id)
	}
	ctx, account := c.Request().Context(), who(c).Account
	switch c.FormValue("do") {
	case "remove":
		if err := s.deps.Vault.Remove(ctx, account, items); err != nil {
			return err
		}
	case "move":
		group, err := s.chosenGroup(c)
		if err != nil {
			return err
		}
		if err := s.deps.Vault.Move(ctx, account, items, group); err != nil {
			return err
		}
	default:
		return ErrForm
	}
	return c.Redirect(http.StatusSeeOther, nextPage(c.FormValue("back"), "/vault"))
}

// toGroup goes to a group's list.
func toGroup(c Ctx, group vault.ID) error {
	return c.Redirect(http.StatusSeeOther, "/vault?"+url.Values{"group": {group.String()}}.Encode())
}

func (s *Server) vaultMakeGroup(c Ctx) error {
	id, err := s.deps.Vault.MakeGroup(c.Request().Context(), who(c).Account, c.FormValue("name"))
	if err != nil {
		return err
	}
	return toGroup(c, id)
}

func (s *Server) vaultRenameGroup(c Ctx) error {
	id := groupParam(c.Param("id"))
	if err := s.deps.Vault.RenameGroup(c.Request().Context(), who(c).Account, id, c.FormValue("name")); err != nil {
		return err
	}
	return toGroup(c, id)
}

func (s *Server) vaultRemoveGroup(c Ctx) error {
	if err := s.deps.Vault.RemoveGroup(c.Request().Context(), who(c).Account, groupParam(c.Param("id"))); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/vault")
}

// vaultArchive is all proofs of a vault, or of a group, in a ZIP.
func (s *Server) vaultArchive(c Ctx) error {
	return s.archive(c, "proofs.zip", func(a *vault.Archive) error {
		return s.deps.Vault.Walk(c.Request().Context(), who(c).Account, groupParam(c.QueryParam("group")), func(item vault.Item, file []byte) error {
			return s.addProof(c, a, item, file)
		})
	})
}
