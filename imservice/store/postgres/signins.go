package postgres

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

const (
	keepLives = `INSERT INTO gate_lives AS l (gate, life, seen) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
		ON CONFLICT (gate, life) DO UPDATE SET seen = excluded.seen WHERE l.seen < excluded.seen`
	keepSignIns = `INSERT INTO signins AS s (uid, began, conn, gate, life, device, platform, address, ended, reason)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[],
			$7::smallint[], $8::text[], $9::bigint[], $10::smallint[])
		ON CONFLICT (uid, began, conn, gate) DO UPDATE SET
			life = excluded.life, device = excluded.device, platform = excluded.platform, address = excluded.address,
			ended = excluded.ended, reason = excluded.reason
		WHERE excluded.ended <> 0 OR s.ended = 0 AND s.life <= excluded.life`
)

// KeepSignIns implements store.SignIns. Rows are locked in the order of their keys.
func (s *Store) KeepSignIns(lives []store.GateLife, rows []store.SignInRow) error {
	for i := range rows {
		if err := rows[i].Check(); err != nil {
			return err
		}
	}
	rows = slices.SortedFunc(slices.Values(rows), func(a, b store.SignInRow) int {
		return cmp.Or(cmp.Compare(a.UID, b.UID), cmp.Compare(a.Began, b.Began), cmp.Compare(a.Conn, b.Conn), cmp.Compare(a.Gate, b.Gate))
	})
	lives = slices.SortedFunc(slices.Values(lives), func(a, b store.GateLife) int {
		return cmp.Or(cmp.Compare(a.Gate, b.Gate), cmp.Compare(a.Life, b.Life))
	})
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		var gates []string
		var numbers, seen []int64
		for _, l := range lives {
			gates, numbers, seen = append(gates, l.Gate), append(numbers, signed(l.Life)), append(seen, l.Seen)
		}
		if _, err := tx.Exec(ctx, keepLives, gates, numbers, seen); err != nil || len(rows) == 0 {
			return err
		}
		users := make([]int64, len(rows))
		for i := range rows {
			users[i] = signed(rows[i].UID)
		}
		gone, err := goneOf(ctx, tx, users)
		left := slices.DeleteFunc(slices.Clone(rows), func(r store.SignInRow) bool { return gone[signed(r.UID)] })
		if err == nil && len(left) > 0 {
			_, err = tx.Exec(ctx, keepSignIns, signInColumns(left)...)
		}
		return err
	})
}

// signInColumns makes the arguments of keepSignIns.
func signInColumns(rows []store.SignInRow) []any {
	n := len(rows)
	uids, began, conns, gates, lives := make([]int64, n), make([]int64, n), make([]int64, n), make([]string, n), make([]int64, n)
	devices, platforms, addresses, ended, ends := make([]int64, n), make([]int16, n), make([]string, n), make([]int64, n), make([]int16, n)
	for i, r := range rows {
		uids[i], began[i], conns[i], gates[i], lives[i] = signed(r.UID), r.Began, signed(r.Conn), r.Gate, signed(r.Life)
		devices[i], platforms[i], addresses[i], ended[i], ends[i] = signed(r.Device), int16(r.Platform), r.Address, r.Ended, int16(r.End)
	}
	return []any{uids, began, conns, gates, lives, devices, platforms, addresses, ended, ends}
}

// SignIns implements store.SignIns.
func (s *Store) SignIns(dst []store.SignInRow, uid uint64, before store.SignInPlace, limit int) ([]store.SignInRow, error) {
	same := func(row store.SignInRow) store.SignInRow { return row }
	return owners(s, dst, signInRow, same, `SELECT uid, began, conn, gate, life, device, platform, address, ended, reason
		FROM signins WHERE uid = $1 AND ($2 = 0 OR (began, conn) < ($2, $3) OR (began, conn) = ($2, $3) AND gate COLLATE "C" < $4)
		ORDER BY began DESC, conn DESC, gate COLLATE "C" DESC LIMIT $5`, signed(uid), before.Began, signed(before.Conn), before.Gate, limit)
}

func signInRow(row pgx.CollectableRow) (r store.SignInRow, err error) {
	var uid, conn, life, device int64
	var platform, end int16
	err = row.Scan(&uid, &r.Began, &conn, &r.Gate, &life, &device, &platform, &r.Address, &r.Ended, &end)
	r.UID, r.Conn, r.Life, r.Device = unsigned(uid), unsigned(conn), unsigned(life), unsigned(device)
	r.Platform, r.End = msgdef.Platform(platform), msgdef.SessionEnd(end)
	return r, err
}

// SignedIn implements store.SignIns. It goes from user to user, not from row to row.
func (s *Store) SignedIn(dst []uint64, after uint64, limit int) ([]uint64, error) {
	const query = `WITH RECURSIVE users AS (
			(SELECT uid FROM signins WHERE uid > $1 ORDER BY uid LIMIT 1)
			UNION ALL
			SELECT n.uid FROM users AS u, LATERAL (
				SELECT uid FROM signins WHERE uid > u.uid ORDER BY uid LIMIT 1
			) AS n
		) SELECT uid FROM users LIMIT $2`
	return owners(s, dst, pgx.RowTo[int64], unsigned, query, signed(after), limit)
}

// DropSignIns implements store.SignIns; it is durable when it returns.
func (s *Store) DropSignIns(uid uint64, before int64, keep int) (n int, err error) {
	err = s.write(func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM signins WHERE uid = $1 AND (began < $2 OR (began, conn, gate) IN (
			SELECT began, conn, gate FROM signins WHERE uid = $1
			ORDER BY began DESC, conn DESC, gate COLLATE "C" DESC OFFSET $3))`, signed(uid), before, int64(max(keep, 0)))
		n = int(tag.RowsAffected())
		return err
	})
	return n, err
}

// GateLife implements store.SignIns.
func (s *Store) GateLife(gate string, life uint64) (store.GateLife, error) {
	l := store.GateLife{Gate: gate}
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		var number int64
		err := q.QueryRow(ctx, `SELECT life, seen FROM gate_lives WHERE gate = $1 AND ($2 OR life = $3)
			ORDER BY life DESC LIMIT 1`, gate, life == 0, signed(life)).Scan(&number, &l.Seen)
		l.Life = unsigned(number)
		return err
	})
	return l, err
}

// DropGateLives implements store.SignIns; it is durable when it returns.
func (s *Store) DropGateLives(before int64) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM gate_lives WHERE seen < $1`, before)
		return err
	})
}
