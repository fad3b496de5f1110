package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Settings change under the lock of their user's inbox.
const (
	upsertSettings = `INSERT INTO settings (uid, conv, bytes) SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[])
		ON CONFLICT (uid, conv) DO UPDATE SET bytes = excluded.bytes`
	insertHidden = `INSERT INTO hidden (uid, conv, cseq) SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[])
		ON CONFLICT DO NOTHING`
	deleteHidden = `DELETE FROM hidden AS h USING unnest($1::bigint[], $2::uuid[], $3::bigint[]) AS n (uid, conv, cseq)
		WHERE h.uid = n.uid AND h.conv = n.conv AND h.cseq <= n.cseq`
	selectStates = `SELECT n.at, s.bytes FROM unnest($1::bigint[], $2::bigint[], $3::uuid[]) AS n (at, uid, conv)
		JOIN settings AS s ON s.uid = n.uid AND s.conv = n.conv`
	selectHidden = `SELECT cseq FROM hidden WHERE uid = $1 AND conv = $2 AND cseq BETWEEN $3 AND $4 ORDER BY cseq`
)

func queueSettings(b *pgx.Batch, rows []store.SettingRow) {
	var uids []int64
	var convs [][16]byte
	var bytes [][]byte
	for _, row := range lastOf(rows, func(r *store.SettingRow) store.TalkName { return r.TalkName }) {
		uids, convs, bytes = append(uids, signed(row.UID)), append(convs, uuid(row.Conv)), append(bytes, row.Append(nil))
	}
	b.Queue(upsertSettings, uids, convs, bytes)
	queueKept(b, rows)
}

// hiddenKeys are columns of keys.
type hiddenKeys struct {
	uids  []int64
	convs [][16]byte
	cseqs []int64
}

func queueHidden(b *pgx.Batch, rows []store.HiddenRow) {
	var put, gone hiddenKeys
	for i := range rows {
		row, keys := &rows[i], &put
		if row.Below {
			keys = &gone
		}
		keys.uids, keys.convs, keys.cseqs = append(keys.uids, signed(row.UID)), append(keys.convs, uuid(row.Conv)), append(keys.cseqs, signed(row.CSeq))
	}
	if len(put.uids) > 0 {
		b.Queue(insertHidden, put.uids, put.convs, put.cseqs)
	}
	if len(gone.uids) > 0 { // last: they are below those that the commit adds after it
		b.Queue(deleteHidden, gone.uids, gone.convs, gone.cseqs)
	}
}

// TalkStates implements store.Settings.
func (s *Store) TalkStates(dst []msgdef.TalkState, of []store.TalkName) ([]msgdef.TalkState, error) {
	if len(of) == 0 {
		return dst, nil
	}
	places, uids, convs := make([]int64, len(of)), make([]int64, len(of)), make([][16]byte, len(of))
	for i, name := range of {
		places[i], uids[i], convs[i] = int64(i), signed(name.UID), uuid(name.Conv)
	}
	states := make([]msgdef.TalkState, len(of))
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, selectStates, places, uids, convs)
		var at int64
		var bytes []byte
		_, err := pgx.ForEachRow(rows, []any{&at, &bytes}, func() error {
			if err := states[at].Decode(bytes); err != nil {
				return corrupt("a setting: %v", err)
			}
			return nil
		})
		return err
	})
	return append(dst, states...), err
}

// Hidden implements store.Settings.
func (s *Store) Hidden(dst []uint64, of store.TalkName, from, to uint64) ([]uint64, error) {
	if from > to {
		return dst, nil
	}
	var page []int64
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, selectHidden, signed(of.UID), uuid(of.Conv), signed(from), signed(to))
		page, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	for _, cseq := range page {
		dst = append(dst, unsigned(cseq))
	}
	return dst, err
}
