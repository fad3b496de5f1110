package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Relations and tallies change under the locks of both users' inboxes; bars are in
// the row of their conversation, so that whoever locks it knows them.
const (
	upsertRelations = `INSERT INTO relations (uid, peer, bytes) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
		ON CONFLICT (uid, peer) DO UPDATE SET bytes = excluded.bytes`
	deleteRelations = `DELETE FROM relations AS r USING unnest($1::bigint[], $2::bigint[]) AS n (uid, peer)
		WHERE r.uid = n.uid AND r.peer = n.peer`
	upsertTallies = `INSERT INTO tallies (uid, friends, asked, asking, blocked)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
		ON CONFLICT (uid) DO UPDATE SET friends = excluded.friends, asked = excluded.asked, asking = excluded.asking, blocked = excluded.blocked`
	upsertBars = `INSERT INTO conversations (conv, cseq, at, count, bars)
		SELECT n.conv, '-9223372036854775808'::bigint, 0, 0, n.bars FROM unnest($1::uuid[], $2::smallint[]) AS n (conv, bars)
		ON CONFLICT (conv) DO UPDATE SET bars = excluded.bars`
	selectRelations = `SELECT n.at, r.bytes FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (at, uid, peer)
		JOIN relations AS r ON r.uid = n.uid AND r.peer = n.peer`
	selectRelationsOf = `SELECT bytes FROM relations WHERE uid = $1 AND peer > $2 ORDER BY peer LIMIT $3`
	selectTally       = `SELECT friends, asked, asking, blocked FROM tallies WHERE uid = $1`
	selectBars        = `SELECT conv, bars FROM conversations WHERE conv = ANY($1::uuid[]) AND bars <> 0`
)

func queueRelations(b *pgx.Batch, rows []store.RelationRow) {
	var uids, peers, blankUIDs, blankPeers []int64
	var bytes [][]byte
	for _, row := range lastOf(rows, (*store.RelationRow).Name) {
		uid, peer := signed(row.UID), signed(row.Relation.UID)
		if row.Blank() {
			blankUIDs, blankPeers = append(blankUIDs, uid), append(blankPeers, peer)
			continue
		}
		uids, peers, bytes = append(uids, uid), append(peers, peer), append(bytes, row.Append(nil))
	}
	if len(uids) > 0 {
		b.Queue(upsertRelations, uids, peers, bytes)
	}
	if len(blankUIDs) > 0 {
		b.Queue(deleteRelations, blankUIDs, blankPeers)
	}
}

func queueTallies(b *pgx.Batch, rows []store.TallyRow) {
	var uids, friends, asked, asking, blocked []int64
	for _, row := range lastOf(rows, func(r *store.TallyRow) uint64 { return r.UID }) {
		uids, friends = append(uids, signed(row.UID)), append(friends, int64(row.Friends))
		asked, asking, blocked = append(asked, int64(row.Asked)), append(asking, int64(row.Asking)), append(blocked, int64(row.Blocked))
	}
	b.Queue(upsertTallies, uids, friends, asked, asking, blocked)
}

func queueBars(b *pgx.Batch, rows []store.BarsRow) {
	var convs [][16]byte
	var bars []int16
	for _, row := range lastOf(rows, func(r *store.BarsRow) msgdef.Conversation { return r.Conv }) {
		convs, bars = append(convs, uuid(row.Conv)), append(bars, int16(row.Bars))
	}
	b.Queue(upsertBars, convs, bars)
}

// Relations implements store.Relations.
func (s *Store) Relations(dst []msgdef.Relation, of []store.RelationName) ([]msgdef.Relation, error) {
	if len(of) == 0 {
		return dst, nil
	}
	places, uids, peers := make([]int64, len(of)), make([]int64, len(of)), make([]int64, len(of))
	list := make([]msgdef.Relation, len(of))
	for i, name := range of {
		places[i], uids[i], peers[i] = int64(i), signed(name.UID), signed(name.Peer)
		list[i].UID = name.Peer
	}
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, selectRelations, places, uids, peers)
		var at int64
		var bytes []byte
		_, err := pgx.ForEachRow(rows, []any{&at, &bytes}, func() error {
			if err := list[at].Decode(bytes); err != nil {
				return corrupt("a relation: %v", err)
			}
			return nil
		})
		return err
	})
	return append(dst, list...), err
}

// RelationsOf implements store.Relations.
func (s *Store) RelationsOf(dst []msgdef.Relation, uid, after uint64, limit int) ([]msgdef.Relation, error) {
	if limit <= 0 {
		return dst, nil
	}
	var page []msgdef.Relation
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, selectRelationsOf, signed(uid), signed(after), limit)
		page, err = pgx.CollectRows(rows, relationRow)
		return err
	})
	return append(dst, page...), err
}

func relationRow(row pgx.CollectableRow) (r msgdef.Relation, err error) {
	var bytes []byte
	if err = row.Scan(&bytes); err != nil {
		return r, err
	}
	if err := r.Decode(bytes); err != nil {
		return r, corrupt("a relation: %v", err)
	}
	return r, nil
}

// Tally implements store.Relations.
func (s *Store) Tally(uid uint64) (t store.Tally, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		var friends, asked, asking, blocked int64
		err := q.QueryRow(ctx, selectTally, signed(uid)).Scan(&friends, &asked, &asking, &blocked)
		t = store.Tally{Friends: uint32(friends), Asked: uint32(asked), Asking: uint32(asking), Blocked: uint32(blocked)}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return t, err
}

// Bars implements store.Relations.
func (s *Store) Bars(dst []store.Bars, of []msgdef.Conversation) ([]store.Bars, error) {
	if len(of) == 0 {
		return dst, nil
	}
	convs := make([][16]byte, len(of))
	for i, conv := range of {
		convs[i] = uuid(conv)
	}
	found := map[msgdef.Conversation]store.Bars{}
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		clear(found)
		rows, _ := q.Query(ctx, selectBars, convs)
		var conv [16]byte
		var bars int16
		_, err := pgx.ForEachRow(rows, []any{&conv, &bars}, func() error {
			found[conversation(conv)] = store.Bars(bars)
			return nil
		})
		return err
	})
	for _, conv := range of {
		dst = append(dst, found[conv])
	}
	return dst, err
}
