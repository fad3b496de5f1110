package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
)

// OutboxHead implements store.Outbox.
func (s *Store) OutboxHead() (uint64, error) {
	return s.number(`SELECT id FROM outbox WHERE bucket = 0 ORDER BY id DESC LIMIT 1`)
}

// OutboxRows implements store.Outbox.
func (s *Store) OutboxRows(dst []store.OutboxRow, after, upTo uint64, limit int) ([]store.OutboxRow, error) {
	if after >= upTo || limit <= 0 {
		return dst, nil
	}
	var page []store.OutboxRow
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, `SELECT id, uid, device, useq, at, conv, cseq FROM outbox WHERE bucket = 0 AND id > $1 AND id <= $2
			ORDER BY id LIMIT $3`, signed(after), signed(upTo), int64(limit))
		page, err = pgx.CollectRows(rows, outboxRow)
		return err
	})
	return append(dst, page...), err
}

// OutboxRow implements store.Outbox.
func (s *Store) OutboxRow(id uint64) (row store.OutboxRow, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, `SELECT id, uid, device, useq, at, conv, cseq FROM outbox WHERE bucket = 0 AND id = $1`, signed(id))
		row, err = pgx.CollectExactlyOneRow(rows, outboxRow)
		return err
	})
	return row, err
}

func outboxRow(row pgx.CollectableRow) (r store.OutboxRow, err error) {
	var id, uid, device, useq, cseq int64
	var conv [16]byte
	err = row.Scan(&id, &uid, &device, &useq, &r.At, &conv, &cseq)
	r.ID, r.UID, r.Device, r.USeq = unsigned(id), unsigned(uid), unsigned(device), unsigned(useq)
	r.Conv, r.CSeq = conversation(conv), unsigned(cseq)
	return r, err
}

// RemoveOutbox implements store.Outbox. It is durable when it returns.
func (s *Store) RemoveOutbox(ids []uint64) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM outbox WHERE bucket = 0 AND id = ANY($1::bigint[])`, signedAll(ids))
		return err
	})
}

// takeOutbox passes over what others are taking at the moment.
const takeOutbox = `UPDATE outbox SET held = $2 WHERE bucket = 0 AND id IN (
		SELECT id FROM outbox WHERE bucket = 0 AND held <= $1 ORDER BY held, id LIMIT $3 FOR UPDATE SKIP LOCKED)
	RETURNING id, uid, device, useq, at, conv, cseq`

// TakeOutbox implements store.SharedOutbox.
func (s *Store) TakeOutbox(dst []store.OutboxRow, limit int, now, until time.Time) ([]store.OutboxRow, error) {
	var taken []store.OutboxRow
	err := s.write(func(ctx context.Context, tx pgx.Tx) (err error) {
		rows, _ := tx.Query(ctx, takeOutbox, now.UnixMilli(), until.UnixMilli(), int64(max(limit, 0)))
		taken, err = pgx.CollectRows(rows, outboxRow)
		return err
	})
	slices.SortFunc(taken, func(a, b store.OutboxRow) int { return cmp.Compare(a.ID, b.ID) })
	return append(dst, taken...), err
}
