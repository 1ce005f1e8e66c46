package calendar

import (
	"context"
	"database/sql"
	"strings"
)

// inserts are one INSERT in several sizes, the largest first and the last of
// one row, because each call of the database costs as much as some rows.
type inserts struct {
	columns int
	sizes   []insertSize
}

// insertSize inserts exactly rows rows.
type insertSize struct {
	rows int
	stmt *sql.Stmt
}

func prepareInserts(prepare func(query string) *sql.Stmt, head string, columns int, tail string, sizes ...int) inserts {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", columns), ", ") + ")"
	in := inserts{columns: columns}
	for _, rows := range sizes {
		values := strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
		in.sizes = append(in.sizes, insertSize{rows, prepare(head + values + tail)})
	}
	return in
}

// exec inserts rows, given one after the other.
func (in inserts) exec(ctx context.Context, tx *sql.Tx, args []any) error {
	for _, size := range in.sizes {
		for n := size.rows * in.columns; len(args) >= n; args = args[n:] {
			if _, err := tx.StmtContext(ctx, size.stmt).ExecContext(ctx, args[:n]...); err != nil {
				return err
			}
		}
	}
	return nil
}
