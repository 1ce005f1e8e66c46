// Package migrations embeds the numbered pairs of SQL files that own Cairn's
// schema, one folder for each SQL engine. It holds no code that talks to a
// database: app/db runs the files.
//
// Rules of the files: one idea for each number, the same numbers and names in
// both folders, every up with its down; money is BIGINT named …_sat or …_msat,
// times are BIGINT seconds since 1970 (…_at) unless the name says …_ms, heights
// are INTEGER, hashes are the 32 bytes in the order of the wire.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Files holds sqlite/*.sql and postgres/*.sql.
//
//go:embed sqlite/*.sql postgres/*.sql
var Files embed.FS

// Numbers lists the migrations of a folder ("sqlite" or "postgres"), ascending.
func Numbers(folder string) ([]uint, error) {
	entries, err := fs.ReadDir(Files, folder)
	if err != nil {
		return nil, fmt.Errorf("reading the migrations of %s: %w", folder, err)
	}
	var numbers []uint
	for _, e := range entries {
		digits, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("migration %s/%s has no number: %w", folder, e.Name(), err)
		}
		numbers = append(numbers, uint(n))
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// Newest is the highest number in a folder.
func Newest(folder string) (uint, error) {
	numbers, err := Numbers(folder)
	if err != nil || len(numbers) == 0 {
		return 0, err
	}
	return numbers[len(numbers)-1], nil
}
