package i18n

import (
	"context"
	"strconv"
	"time"
)

// Number writes a whole number with a comma at every third digit, which both
// languages read.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "−", s[1:]
	}
	head := len(s) % 3
	out := s[:head]
	for i := head; i < len(s); i += 3 {
		if out != "" {
			out += ","
		}
		out += s[i : i+3]
	}
	return sign + out
}

// Date writes a day of UTC the way the language does: "22 November 2026",
// "2026年11月22日".
func Date(ctx context.Context, t time.Time) string {
	if Tag(ctx) == Chinese {
		return t.UTC().Format("2006年1月2日")
	}
	return t.UTC().Format("2 January 2006")
}

// Clock writes a time of day of UTC to the second: "14:02:07 UTC".
func Clock(t time.Time) string { return t.UTC().Format("15:04:05") + " UTC" }

// Moment writes day and time of day to the minute: "22 November 2026, 14:02 UTC".
func Moment(ctx context.Context, t time.Time) string {
	sep := ", "
	if Tag(ctx) == Chinese {
		sep = " "
	}
	return Date(ctx, t) + sep + t.UTC().Format("15:04") + " UTC"
}

// Span writes a length of time coarsely, rounded up: "about 12 minutes".
func Span(ctx context.Context, d time.Duration) string {
	switch {
	case d <= time.Minute:
		return N(ctx, "time.seconds", max(1, int64((d+time.Second-1)/time.Second)))
	case d <= 90*time.Minute:
		return N(ctx, "time.minutes", int64((d+time.Minute-1)/time.Minute))
	default:
		return N(ctx, "time.hours", int64((d+time.Hour-1)/time.Hour))
	}
}
