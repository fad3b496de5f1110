package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
)

// Expiries change under the lock of their conversation.
const (
	insertExpiries = `INSERT INTO expiries (at, conv, cseq)
		SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[]) ON CONFLICT DO NOTHING`
	deleteExpiries = `DELETE FROM expiries AS x USING unnest($1::bigint[], $2::uuid[], $3::bigint[]) AS n (at, conv, cseq)
		WHERE x.bucket = 0 AND x.at = n.at AND x.conv = n.conv AND x.cseq = n.cseq`
)

// expiryColumns are columns of rows.
type expiryColumns struct {
	at    []int64
	convs [][16]byte
	cseqs []int64
}

func (k *expiryColumns) add(row *store.ExpiryRow) {
	k.at, k.convs, k.cseqs = append(k.at, row.At), append(k.convs, uuid(row.Conv)), append(k.cseqs, signed(row.CSeq))
}

func queueExpiries(b *pgx.Batch, rows []store.ExpiryRow) {
	var put, gone expiryColumns
	key := func(r *store.ExpiryRow) store.ExpiryRow { return store.ExpiryRow{At: r.At, Conv: r.Conv, CSeq: r.CSeq} }
	for _, row := range lastOf(rows, key) {
		if row.Gone {
			gone.add(row)
		} else {
			put.add(row)
		}
	}
	if len(put.at) > 0 {
		b.Queue(insertExpiries, put.at, put.convs, put.cseqs)
	}
	if len(gone.at) > 0 {
		b.Queue(deleteExpiries, gone.at, gone.convs, gone.cseqs)
	}
}

// Expiring implements store.Expiries.
func (s *Store) Expiring(dst []store.ExpiryRow, upTo int64, limit int) ([]store.ExpiryRow, error) {
	if limit <= 0 {
		return dst, nil
	}
	const query = `SELECT at, conv, cseq FROM expiries WHERE bucket = 0 AND at <= $1 ORDER BY at, conv, cseq LIMIT $2`
	var page []store.ExpiryRow
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, query, upTo, limit)
		page, err = pgx.CollectRows(rows, expiryRow)
		return err
	})
	return append(dst, page...), err
}

func expiryRow(row pgx.CollectableRow) (e store.ExpiryRow, err error) {
	var conv [16]byte
	var cseq int64
	err = row.Scan(&e.At, &conv, &cseq)
	e.Conv, e.CSeq = conversation(conv), unsigned(cseq)
	return e, err
}
