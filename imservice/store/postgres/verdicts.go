package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Standing implements store.Verdicts.
func (s *Store) Standing(uid uint64) (d store.Standing, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		var generation int64
		var reason []byte
		err := q.QueryRow(ctx, `SELECT generation, banned, removed, until, reason FROM standings WHERE uid = $1`, signed(uid)).
			Scan(&generation, &d.Banned, &d.Removed, &d.Until, &reason)
		d.Generation, d.Reason = unsigned(generation), string(reason)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return store.Standing{}, nil
	}
	return d, err
}

const (
	upsertStanding = `INSERT INTO standings (uid, generation, banned, removed, until, reason) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (uid) DO UPDATE SET generation = excluded.generation, banned = excluded.banned, removed = excluded.removed,
			until = excluded.until, reason = excluded.reason`
	upsertEviction = `INSERT INTO evictions (uid, device, generation, code, detail, at, stays_device, stays_gate, stays_conn)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (uid, device) DO UPDATE SET generation = excluded.generation, code = excluded.code, detail = excluded.detail,
			at = excluded.at, stays_device = excluded.stays_device, stays_gate = excluded.stays_gate, stays_conn = excluded.stays_conn`
)

// PutVerdict implements store.Verdicts.
func (s *Store) PutVerdict(v store.Verdict) error {
	if err := v.Check(); err != nil {
		return err
	}
	return s.write(func(ctx context.Context, tx pgx.Tx) error { return putVerdict(ctx, tx, v) })
}

func putVerdict(ctx context.Context, tx pgx.Tx, v store.Verdict) error {
	d, e := v.Standing, v.Eviction
	var err error
	if v.Deletion != nil {
		err = beginDeletion(ctx, tx, *v.Deletion)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, upsertStanding, signed(v.UID), signed(d.Generation), d.Banned, d.Removed, d.Until, []byte(d.Reason))
	if err == nil && e.Generation != 0 {
		_, err = tx.Exec(ctx, upsertEviction, signed(e.UID), signed(e.Device), signed(e.Generation), int32(e.Code), []byte(e.Detail), e.At,
			signed(e.Stays.Device), []byte(e.Stays.Gate), signed(e.Stays.Conn))
	}
	if err == nil && v.Families {
		_, err = tx.Exec(ctx, `DELETE FROM families WHERE uid = $1 AND ($2 OR device = $3)`, signed(v.UID), v.Device == 0, signed(v.Device))
	}
	if err == nil && v.Family != nil {
		err = insertFamily(ctx, tx, *v.Family)
	}
	if err == nil && v.Password != nil {
		err = putPassword(ctx, tx, v.UID, *v.Password)
	}
	return err
}

// Evictions implements store.Verdicts, in the order of users and devices.
func (s *Store) Evictions(limit int) (list []store.Eviction, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, `SELECT uid, device, generation, code, detail, at, stays_device, stays_gate, stays_conn
			FROM evictions ORDER BY uid, device LIMIT $1`,
			int64(max(limit, 0)))
		list, err = pgx.CollectRows(rows, evictionRow)
		return err
	})
	return orNil(list), err
}

func evictionRow(row pgx.CollectableRow) (e store.Eviction, err error) {
	var uid, device, generation, staysDevice, staysConn int64
	var code int32
	var detail, staysGate []byte
	err = row.Scan(&uid, &device, &generation, &code, &detail, &e.At, &staysDevice, &staysGate, &staysConn)
	e.Stays = store.Place{Device: unsigned(staysDevice), Gate: string(staysGate), Conn: unsigned(staysConn)}
	e.UID, e.Device, e.Generation = unsigned(uid), unsigned(device), unsigned(generation)
	e.Code, e.Detail = msgdef.ErrorCode(code), string(detail)
	return e, err
}

// DropEvictions implements store.Verdicts.
func (s *Store) DropEvictions(list []store.Eviction) error {
	n := len(list)
	uids, devices, generations := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, e := range list {
		uids[i], devices[i], generations[i] = signed(e.UID), signed(e.Device), signed(e.Generation)
	}
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM evictions AS e USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS d (uid, device, generation)
			WHERE e.uid = d.uid AND e.device = d.device AND e.generation <= d.generation`, uids, devices, generations)
		return err
	})
}
