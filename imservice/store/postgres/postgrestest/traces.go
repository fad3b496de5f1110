package postgrestest

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Traces returns how many rows of each table of a database name a user: in a column of
// numbers, in a conversation, or in encoded bytes by its 8 bytes.
func Traces(tb testing.TB, url string, uid uint64) map[string]int {
	tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, _ := conn.Query(ctx, `SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		tb.Fatal(err)
	}
	number := fmt.Sprintf(`%%%d%%`, int64(uid^1<<63))
	inside := fmt.Sprintf(`%%%x%%`, binary.BigEndian.AppendUint64(nil, uid))
	traces := make(map[string]int, len(tables))
	for _, table := range tables {
		var n int
		err := conn.QueryRow(ctx, `SELECT count(*) FROM `+table+` AS t WHERE t::text LIKE $1 OR replace(t::text, '-', '') LIKE $2`, number, inside).Scan(&n)
		if err != nil {
			tb.Fatal(err)
		}
		traces[table] = n
	}
	return traces
}
