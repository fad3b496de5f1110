package postgres

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
)

// SentHead implements store.Devices.
func (s *Store) SentHead(uid, device uint64) (uint64, error) {
	const query = `(SELECT counter FROM sent WHERE uid = $1 AND device = $2 ORDER BY counter DESC LIMIT 1)
		UNION ALL SELECT counter FROM sent_floors WHERE uid = $1 AND device = $2 ORDER BY counter DESC LIMIT 1`
	return s.number(query, signed(uid), signed(device))
}

// Sent implements store.Devices.
func (s *Store) Sent(uid, device, counter uint64) (row store.SentRow, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, `SELECT uid, device, counter, conv, cseq, useq FROM sent
			WHERE uid = $1 AND device = $2 AND counter = $3`, signed(uid), signed(device), signed(counter))
		row, err = pgx.CollectExactlyOneRow(rows, sentRow)
		return err
	})
	return row, err
}

func sentRow(row pgx.CollectableRow) (r store.SentRow, err error) {
	var uid, device, counter, cseq, useq int64
	var conv [16]byte
	err = row.Scan(&uid, &device, &counter, &conv, &cseq, &useq)
	return store.SentRow{
		UID: unsigned(uid), Device: unsigned(device), Counter: unsigned(counter),
		Conv: conversation(conv), CSeq: unsigned(cseq), USeq: unsigned(useq),
	}, err
}

// Cursor implements store.Devices.
func (s *Store) Cursor(uid, device uint64) (row store.DeviceRow, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, `SELECT uid, device, cursor, seen FROM devices WHERE uid = $1 AND device = $2`,
			signed(uid), signed(device))
		row, err = pgx.CollectExactlyOneRow(rows, deviceRow)
		return err
	})
	return row, err
}

// DevicesOf implements store.Devices, in ascending order of the device.
func (s *Store) DevicesOf(uid uint64, limit int) (list []store.DeviceRow, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, `SELECT uid, device, cursor, seen FROM devices WHERE uid = $1 ORDER BY device LIMIT $2`,
			signed(uid), int64(max(limit, 0)))
		list, err = pgx.CollectRows(rows, deviceRow)
		return err
	})
	return orNil(list), err
}

func deviceRow(row pgx.CollectableRow) (d store.DeviceRow, err error) {
	var uid, device, cursor int64
	err = row.Scan(&uid, &device, &cursor, &d.Seen)
	d.UID, d.Device, d.Cursor = unsigned(uid), unsigned(device), unsigned(cursor)
	return d, err
}

// orNil makes nil of an empty list.
func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// SaveDevices implements store.Devices. It is durable when it returns.
func (s *Store) SaveDevices(rows []store.DeviceRow) error {
	merged := make(map[[2]uint64]store.DeviceRow, len(rows))
	for _, row := range rows {
		key := [2]uint64{row.UID, row.Device}
		if old, twice := merged[key]; twice {
			row.Cursor, row.Seen = max(row.Cursor, old.Cursor), max(row.Seen, old.Seen)
		}
		merged[key] = row
	}
	list := slices.Collect(maps.Values(merged))
	slices.SortFunc(list, func(a, b store.DeviceRow) int {
		return cmp.Or(cmp.Compare(a.UID, b.UID), cmp.Compare(a.Device, b.Device))
	})
	users := make([]int64, len(list))
	for i, row := range list {
		users[i] = signed(row.UID)
	}
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		gone, err := goneOf(ctx, tx, users)
		if err != nil {
			return err
		}
		var uids, devices, cursors, seen []int64
		for _, row := range list {
			if uid := signed(row.UID); !gone[uid] {
				uids, devices = append(uids, uid), append(devices, signed(row.Device))
				cursors, seen = append(cursors, signed(row.Cursor)), append(seen, row.Seen)
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO devices AS d (uid, device, cursor, seen)
			SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
			ON CONFLICT (uid, device) DO UPDATE SET cursor = greatest(d.cursor, excluded.cursor), seen = greatest(d.seen, excluded.seen)`,
			uids, devices, cursors, seen)
		return err
	})
}

// DropDevice implements store.Devices; it is durable when it returns.
func (s *Store) DropDevice(uid, device uint64) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM devices WHERE uid = $1 AND device = $2`, signed(uid), signed(device))
		return err
	})
}
