package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Floors rise under the lock of their user or conversation, so in any order. What is
// below goes in the same commit.
const (
	dropInbox = `DELETE FROM inbox AS i USING unnest($1::bigint[], $2::bigint[]) AS n (uid, useq)
		WHERE i.uid = n.uid AND i.useq <= n.useq`
	raiseInbox = `INSERT INTO inbox_floors AS f (uid, useq) SELECT * FROM unnest($1::bigint[], $2::bigint[])
		ON CONFLICT (uid) DO UPDATE SET useq = excluded.useq WHERE f.useq < excluded.useq`
	dropSent = `DELETE FROM sent AS s USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (uid, device, counter)
		WHERE s.uid = n.uid AND s.device = n.device AND s.counter <= n.counter`
	raiseSent = `INSERT INTO sent_floors AS f (uid, device, counter) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
		ON CONFLICT (uid, device) DO UPDATE SET counter = excluded.counter WHERE f.counter < excluded.counter`
	dropBelow = ` AS m USING unnest($1::uuid[], $2::bigint[]) AS n (conv, cseq)
		WHERE m.conv = n.conv AND m.cseq <= n.cseq`
	raiseConversations = `INSERT INTO conversation_floors AS f (conv, cseq, at, count)
		SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
		ON CONFLICT (conv) DO UPDATE SET cseq = excluded.cseq, at = excluded.at, count = excluded.count WHERE f.cseq < excluded.cseq`
)

func queueFloors(b *pgx.Batch, c *store.Commit) {
	if len(c.InboxFloors) > 0 {
		queueInboxFloors(b, c.InboxFloors)
	}
	if len(c.ConversationFloors) > 0 {
		queueConversationFloors(b, c.ConversationFloors)
	}
	if len(c.SentFloors) > 0 {
		queueSentFloors(b, c.SentFloors)
	}
}

func queueInboxFloors(b *pgx.Batch, floors []store.InboxFloor) {
	n := len(floors)
	uids, useqs := make([]int64, n), make([]int64, n)
	for i, f := range floors {
		uids[i], useqs[i] = signed(f.UID), signed(f.USeq)
	}
	b.Queue(dropInbox, uids, useqs)
	b.Queue(raiseInbox, uids, useqs)
}

func queueConversationFloors(b *pgx.Batch, floors []store.ConversationFloor) {
	n := len(floors)
	convs, cseqs, at, counts := make([][16]byte, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, f := range floors {
		convs[i], cseqs[i], at[i], counts[i] = uuid(f.Conv), signed(f.CSeq), f.At, int64(f.Count)
	}
	for _, table := range []string{"messages", "reactions", "pins"} {
		b.Queue(`DELETE FROM `+table+dropBelow, convs, cseqs)
	}
	b.Queue(raiseConversations, convs, cseqs, at, counts)
}

func queueSentFloors(b *pgx.Batch, floors []store.SentFloor) {
	n := len(floors)
	uids, devices, counters := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, f := range floors {
		uids[i], devices[i], counters[i] = signed(f.UID), signed(f.Device), signed(f.Counter)
	}
	b.Queue(dropSent, uids, devices, counters)
	b.Queue(raiseSent, uids, devices, counters)
}

// InboxFloor implements store.Floors.
func (s *Store) InboxFloor(uid uint64) (uint64, error) {
	return s.number(`SELECT useq FROM inbox_floors WHERE uid = $1`, signed(uid))
}

// SentFloor implements store.Floors.
func (s *Store) SentFloor(of store.Sender) (uint64, error) {
	return s.number(`SELECT counter FROM sent_floors WHERE uid = $1 AND device = $2`, signed(of.UID), signed(of.Device))
}

// ConversationFloor implements store.Floors.
func (s *Store) ConversationFloor(conv msgdef.Conversation) (f store.ConversationFloor, err error) {
	f.Conv = conv
	var cseq, count int64
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		return q.QueryRow(ctx, `SELECT cseq, at, count FROM conversation_floors WHERE conv = $1`, uuid(conv)).Scan(&cseq, &f.At, &count)
	})
	if errors.Is(err, store.ErrNotFound) {
		return f, nil
	}
	f.CSeq, f.Count = unsigned(cseq), uint64(count)
	return f, err
}

// Inboxes implements store.Floors.
func (s *Store) Inboxes(dst []uint64, after uint64, limit int) ([]uint64, error) {
	return owners(s, dst, pgx.RowTo[int64], unsigned, `SELECT h.uid FROM inboxes AS h WHERE h.uid > $1
		AND EXISTS (SELECT FROM inbox AS i WHERE i.uid = h.uid) ORDER BY h.uid LIMIT $2`, signed(after), limit)
}

// Conversations implements store.Floors.
func (s *Store) Conversations(dst []msgdef.Conversation, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error) {
	return owners(s, dst, pgx.RowTo[[16]byte], conversation, `SELECT h.conv FROM conversations AS h WHERE h.conv > $1
		AND EXISTS (SELECT FROM messages AS m WHERE m.conv = h.conv) ORDER BY h.conv LIMIT $2`, uuid(after), limit)
}

// Senders implements store.Floors. It goes from device to device, not from row to
// row.
func (s *Store) Senders(dst []store.Sender, after store.Sender, limit int) ([]store.Sender, error) {
	const query = `WITH RECURSIVE senders AS (
			(SELECT uid, device FROM sent WHERE (uid, device) > ($1, $2) ORDER BY uid, device LIMIT 1)
			UNION ALL
			SELECT n.uid, n.device FROM senders AS s, LATERAL (
				SELECT uid, device FROM sent WHERE (uid, device) > (s.uid, s.device) ORDER BY uid, device LIMIT 1
			) AS n
		) SELECT uid, device FROM senders LIMIT $3`
	same := func(of store.Sender) store.Sender { return of }
	return owners(s, dst, senderRow, same, query, signed(after.UID), signed(after.Device), limit)
}

func senderRow(row pgx.CollectableRow) (store.Sender, error) {
	var uid, device int64
	err := row.Scan(&uid, &device)
	return store.Sender{UID: unsigned(uid), Device: unsigned(device)}, err
}

// SentAfter implements store.Floors.
func (s *Store) SentAfter(dst []store.SentRow, of store.Sender, counter uint64, limit int) ([]store.SentRow, error) {
	same := func(row store.SentRow) store.SentRow { return row }
	return owners(s, dst, sentRow, same, `SELECT uid, device, counter, conv, cseq, useq FROM sent
		WHERE uid = $1 AND device = $2 AND counter > $3 ORDER BY counter LIMIT $4`,
		signed(of.UID), signed(of.Device), signed(counter), limit)
}

// owners appends what a query with a limit, its last argument, finds.
func owners[R, T any](s *Store, dst []T, scan pgx.RowToFunc[R], as func(R) T, query string, args ...any) ([]T, error) {
	if limit, ok := args[len(args)-1].(int); ok && limit <= 0 {
		return dst, nil
	}
	var page []R
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, query, args...)
		page, err = pgx.CollectRows(rows, scan)
		return err
	})
	for _, row := range page {
		dst = append(dst, as(row))
	}
	return dst, err
}
