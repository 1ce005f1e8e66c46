package app

import (
	"io"
	"log/slog"
	"os"

	"cairn/app/config"

	terminal "golang.org/x/term"
)

// NewLog makes the logger of a process: text for people on a terminal, JSON
// for machines elsewhere, unless the configuration says which.
func NewLog(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" || (c.Format == "auto" && !isTerminal(w)) {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && terminal.IsTerminal(int(f.Fd()))
}
