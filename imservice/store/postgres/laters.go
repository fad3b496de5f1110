package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
)

// What waits to be sent changes under the lock of its author's inbox.
const (
	insertLaters = `INSERT INTO laters (uid, cseq, at, bytes)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]) ON CONFLICT DO NOTHING`
	deleteLaters = `DELETE FROM laters AS l USING unnest($1::bigint[], $2::bigint[]) AS n (uid, cseq)
		WHERE l.uid = n.uid AND l.cseq = n.cseq`
	selectLater     = `SELECT uid, cseq, at, bytes FROM laters WHERE uid = $1 AND cseq = $2`
	selectLaters    = `SELECT uid, cseq, at, bytes FROM laters WHERE uid = $1 ORDER BY cseq LIMIT $2`
	selectLatersDue = `SELECT uid, cseq, at, NULL::bytea FROM laters WHERE bucket = 0 AND at <= $1 ORDER BY at, uid, cseq LIMIT $2`
)

func queueLaters(b *pgx.Batch, rows []store.LaterRow) {
	var uids, cseqs, at, goneUIDs, goneCSeqs []int64
	var bytes [][]byte
	for _, row := range lastOf(rows, func(r *store.LaterRow) store.LaterName { return r.LaterName }) {
		uid, cseq := signed(row.UID), signed(row.CSeq)
		if row.Gone {
			goneUIDs, goneCSeqs = append(goneUIDs, uid), append(goneCSeqs, cseq)
		} else {
			uids, cseqs, at, bytes = append(uids, uid), append(cseqs, cseq), append(at, row.At), append(bytes, notNull(row.Bytes))
		}
	}
	if len(uids) > 0 {
		b.Queue(insertLaters, uids, cseqs, at, bytes)
	}
	if len(goneUIDs) > 0 {
		b.Queue(deleteLaters, goneUIDs, goneCSeqs)
	}
}

// Later implements store.Laters.
func (s *Store) Later(name store.LaterName) (row store.LaterRow, err error) {
	page, err := s.laters(nil, selectLater, signed(name.UID), signed(name.CSeq))
	if err == nil && len(page) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return row, err
	}
	return page[0], nil
}

// LatersOf implements store.Laters.
func (s *Store) LatersOf(dst []store.LaterRow, uid uint64, limit int) ([]store.LaterRow, error) {
	return s.laters(dst, selectLaters, signed(uid), max(limit, 0))
}

// LatersDue implements store.Laters.
func (s *Store) LatersDue(dst []store.LaterRow, upTo int64, limit int) ([]store.LaterRow, error) {
	return s.laters(dst, selectLatersDue, upTo, max(limit, 0))
}

func (s *Store) laters(dst []store.LaterRow, query string, args ...any) ([]store.LaterRow, error) {
	var page []store.LaterRow
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, query, args...)
		page, err = pgx.CollectRows(rows, laterRow)
		return err
	})
	return append(dst, page...), err
}

func laterRow(row pgx.CollectableRow) (l store.LaterRow, err error) {
	var uid, cseq int64
	err = row.Scan(&uid, &cseq, &l.At, &l.Bytes)
	l.UID, l.CSeq = unsigned(uid), unsigned(cseq)
	return l, err
}
