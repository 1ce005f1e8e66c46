package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"cairn/chain"
	"cairn/channels/ln"
	"cairn/templates/operator"

	"github.com/labstack/echo/v4"
)

// maxBackupFile bounds a channel backup that is sent here, with its form.
const maxBackupFile = 4<<20 + 4<<10

func (s *Server) backupRoutes() {
	s.operatorGet("/operator/backup", s.backup)
	s.get("/operator/backup/channels.backup", "/operator/backup/channels.backup", s.backupFile, s.onlyOperator, s.changes)
	s.post("/operator/backup/restore", "/operator/backup/restore", s.backupRestore,
		bodyLimit(maxBackupFile), s.limit(0.1, 5), s.onlyOperator, s.changes, s.authorised)
	s.operatorPost("/operator/backup/tower", s.towerAdd, s.changes, s.authorised)
	s.operatorPost("/operator/backup/tower/remove", s.towerRemove, s.changes, s.authorised)
}

// backup shows where channel backups are, how old they are and whether they
// are good.
func (s *Server) backup(c Ctx) error {
	restored, err := strconv.Atoi(c.QueryParam("restored"))
	if err != nil || restored < 0 {
		restored = -1
	}
	return s.renderBackup(c, http.StatusOK, operator.BackupView{Restored: restored})
}

func (s *Server) renderBackup(c Ctx, status int, view operator.BackupView) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), nodePatience)
	defer cancel()
	view.Frame = s.frame(c, "backup.title", "/operator/backup")
	view.Meta.Path = "/operator/backup"
	view.Remote = s.deps.Lightning.UseTowers == nil
	channels, err := s.deps.Lightning.Node.Channels(ctx)
	if err == nil {
		view.Channels = len(channels)
		view.Watch, err = s.deps.Lightning.Node.Towers(ctx)
	}
	if errors.Is(err, chain.ErrEngineDown) {
		view.Down, err = true, nil
	}
	if err != nil {
		return err
	}
	for i, place := range s.deps.Lightning.Places() {
		shown := operator.Place{Dir: place.Dir, File: place.File, At: place.At, Own: i == 0, Unreadable: place.Err != nil}
		if !view.Down && place.Err == nil && place.File != "" {
			if err := s.verifyPlace(ctx, &shown, place, channels); err != nil {
				return err
			}
		}
		view.Places = append(view.Places, shown)
	}
	return render(c, status, operator.BackupPage(view))
}

// verifyPlace opens a backup and looks whether all open channels are in it.
func (s *Server) verifyPlace(ctx context.Context, shown *operator.Place, place BackupPlace, channels []ln.Channel) error {
	points, err := s.deps.Lightning.Node.VerifyBackup(ctx, place.Sealed)
	switch {
	case errors.Is(err, ln.ErrBackup):
		shown.Unreadable = true
		return nil
	case errors.Is(err, chain.ErrEngineDown):
		return nil
	case err != nil:
		return err
	}
	for _, ch := range channels {
		if !slices.Contains(points, ch.Point) {
			shown.Missing++
		}
	}
	shown.Good = shown.Missing == 0
	return nil
}

// backupFile is the backup of all channels as they are now.
func (s *Server) backupFile(c Ctx) error {
	sealed, _, err := s.deps.Lightning.Node.Backup(c.Request().Context())
	if err != nil {
		return err
	}
	if err := s.record(c, "node.backup.downloaded", nil); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="channels-`+s.cfg.Now().UTC().Format("20060102T150405")+`.backup"`)
	h.Set("Cache-Control", "private, no-store")
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, sealed)
}

// backupRestore has the channels of a backup closed by their other sides.
func (s *Server) backupRestore(c Ctx) error {
	sealed, err := uploaded(c, "file")
	if err != nil {
		return err
	}
	if c.FormValue("sure") != "yes" {
		return s.renderBackup(c, http.StatusUnprocessableEntity, operator.BackupView{Restored: -1, Problem: t(c, "backup.restore.unsure")})
	}
	ctx := context.WithoutCancel(c.Request().Context())
	n, err := s.deps.Lightning.Node.Restore(ctx, sealed)
	if err == nil {
		err = s.record(c, "node.backup.restored", map[string]string{"channels": strconv.Itoa(n)})
	}
	if err != nil {
		r := ruleFor(err)
		if r.status == unknown.status {
			return err
		}
		view := operator.BackupView{Restored: -1}
		view.Problem, view.Advice = s.complaint(c, err)
		return s.renderBackup(c, r.status, view)
	}
	return c.Redirect(http.StatusSeeOther, "/operator/backup?restored="+strconv.Itoa(n))
}

// uploaded reads a form's file.
func uploaded(c Ctx, name string) ([]byte, error) {
	file, err := c.FormFile(name)
	if err != nil {
		return nil, badForm(err)
	}
	f, err := file.Open()
	if err != nil {
		return nil, badForm(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil, badForm(err)
	}
	return raw, nil
}

// towerAdd has a watchtower watch the channels, switching the client on for the
// first one.
func (s *Server) towerAdd(c Ctx) error {
	view := operator.BackupView{Restored: -1, Tower: c.FormValue("tower")}
	at, err := ln.ParseTower(view.Tower)
	if err == nil {
		err = s.useTower(c.Request().Context(), at)
	}
	if err == nil {
		err = s.record(c, "node.tower.added", map[string]string{"tower": at.String()})
	}
	return s.toBackup(c, view, err)
}

func (s *Server) useTower(ctx context.Context, at ln.PeerAddress) error {
	if s.deps.Lightning.UseTowers != nil {
		if err := s.deps.Lightning.UseTowers(ctx, true); err != nil {
			return err
		}
	}
	return s.deps.Lightning.Node.AddTower(ctx, at)
}

// towerRemove stops using a watchtower.
func (s *Server) towerRemove(c Ctx) error {
	at, err := ln.ParsePeer(c.FormValue("key"))
	if err == nil {
		err = s.deps.Lightning.Node.RemoveTower(c.Request().Context(), at.Key)
	}
	if err == nil {
		err = s.record(c, "node.tower.removed", map[string]string{"tower": at.String()})
	}
	return s.toBackup(c, operator.BackupView{Restored: -1}, err)
}

func (s *Server) toBackup(c Ctx, view operator.BackupView, err error) error {
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/operator/backup")
	}
	r := ruleFor(err)
	if r.status == unknown.status {
		return err
	}
	view.TowerProblem, view.TowerAdvice = s.complaint(c, err)
	return s.renderBackup(c, r.status, view)
}
