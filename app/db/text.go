package db

import "strings"

// CleanText makes a string that both engines store as TEXT: PostgreSQL refuses
// invalid UTF-8 and the character NUL, SQLite takes them.
func CleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
