package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// slowStatement is from when on a statement is worth a warning.
const slowStatement = 200 * time.Millisecond

// slogLogger gives gorm's words to slog. Statements appear with placeholders:
// their parameters are other people's data, or secrets.
type slogLogger struct {
	log  *slog.Logger
	slow time.Duration
}

func (l slogLogger) LogMode(logger.LogLevel) logger.Interface { return l }

// ParamsFilter drops the parameters before gorm renders a statement.
func (l slogLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

func (l slogLogger) Info(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, "database", "note", fmt.Sprintf(format, args...))
}

func (l slogLogger) Warn(ctx context.Context, format string, args ...any) {
	l.log.WarnContext(ctx, "database", "note", fmt.Sprintf(format, args...))
}

func (l slogLogger) Error(ctx context.Context, format string, args ...any) {
	l.log.ErrorContext(ctx, "database", "note", fmt.Sprintf(format, args...))
}

// Trace sees every statement. Failures are only told at debug level: they are
// returned as well, and whoever handles them knows whether they matter.
func (l slogLogger) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), err error) {
	took := time.Since(begin)
	switch {
	case err != nil && !errors.Is(err, gorm.ErrRecordNotFound):
		if l.log.Enabled(ctx, slog.LevelDebug) {
			sql, _ := statement()
			l.log.DebugContext(ctx, "statement failed", "sql", sql, "took", took, "error", err)
		}
	case took >= l.slow:
		sql, rows := statement()
		l.log.WarnContext(ctx, "slow statement", "sql", sql, "rows", rows, "took", took)
	}
}
