package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Apply implements store.Log. The whole commit is one pipeline of one statement
// per table, and durable when Apply returns: what PostgreSQL shows is durable, so
// there is no moment between. Without Lock before it nothing keeps others from the
// same sequences; then a row that is there already fails it.
func (s *Store) Apply(c *store.Commit) (store.Pending, error) {
	conn := s.ground
	if conn == nil {
		if err := s.enter(); err != nil {
			return nil, err
		}
	}
	defer s.life.RUnlock()
	s.ground = nil
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	err := s.apply(ctx, conn, c)
	switch {
	case err == nil:
		return durable{}, nil
	case rolledBack(err), codeOf(err) == codeForeignKey, codeOf(err) == codeUnique: // media was dropped meanwhile, or a name used
		return nil, fmt.Errorf("%w: %w", store.ErrMoved, err)
	case unreachable(err):
		s.reach.lost(s.explain(err))
	}
	return nil, fmt.Errorf("commit: %w", s.explain(err))
}

// apply sends a commit over conn, which is in a transaction, or over a new one.
func (s *Store) apply(ctx context.Context, conn *pgxpool.Conn, c *store.Commit) (err error) {
	var batch pgx.Batch
	if conn == nil {
		batch.Queue("BEGIN")
	}
	begun := batch.Len()
	queueCommit(&batch, c)
	if conn == nil {
		if batch.Len() == begun {
			return nil
		}
		if conn, err = s.pool.Acquire(ctx); err != nil {
			return err
		}
	}
	defer conn.Release() // one that is not at rest any more is closed by it
	batch.Queue("COMMIT")
	return conn.SendBatch(ctx, &batch).Close()
}

// durable is the store.Pending of a commit that is.
type durable struct{}

// Wait implements store.Pending.
func (durable) Wait() error { return nil }

// queueCommit adds one statement for each table that a commit has rows of. Rows
// that others may write too are locked in the order of their keys, users first.
func queueCommit(b *pgx.Batch, c *store.Commit) {
	if len(c.Inbox) > 0 {
		queueInboxes(b, c.Inbox)
	}
	if len(c.Messages) > 0 {
		queueMessages(b, c.Messages)
	}
	if len(c.Sent) > 0 {
		queueSent(b, c.Sent)
	}
	if len(c.Reads) > 0 {
		queueReads(b, c.Reads)
	}
	if len(c.Outbox) > 0 {
		queueOutbox(b, c.Outbox)
	}
	if len(c.Groups) > 0 {
		queueGroups(b, c.Groups)
	}
	if len(c.Members) > 0 {
		queueMembers(b, c.Members)
	}
	if len(c.Talks) > 0 {
		queueTalks(b, c.Talks)
	}
	if len(c.Reactions) > 0 {
		queueReactions(b, c.Reactions)
	}
	if len(c.Pins) > 0 {
		queuePins(b, c.Pins)
	}
	if len(c.Expiries) > 0 {
		queueExpiries(b, c.Expiries)
	}
	if len(c.Settings) > 0 {
		queueSettings(b, c.Settings)
	}
	if len(c.Hidden) > 0 {
		queueHidden(b, c.Hidden)
	}
	if len(c.Laters) > 0 {
		queueLaters(b, c.Laters)
	}
	if len(c.Relations) > 0 {
		queueRelations(b, c.Relations)
	}
	if len(c.Tallies) > 0 {
		queueTallies(b, c.Tallies)
	}
	if len(c.Bars) > 0 {
		queueBars(b, c.Bars)
	}
	if len(c.Profiles) > 0 {
		queueProfiles(b, c.Profiles)
	}
	queueFloors(b, c)
	if len(c.Carried) > 0 {
		queueCarried(b, c.Carried)
	}
}

const (
	upsertInboxes = `INSERT INTO inboxes AS h (uid, useq) SELECT * FROM unnest($1::bigint[], $2::bigint[])
		ON CONFLICT (uid) DO UPDATE SET useq = greatest(h.useq, excluded.useq)`
	insertInbox = `INSERT INTO inbox (uid, useq, conv, cseq)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[])`
	upsertConversations = `INSERT INTO conversations AS h (conv, cseq, at, count)
		SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[])
		ON CONFLICT (conv) DO UPDATE SET cseq = greatest(h.cseq, excluded.cseq), at = greatest(h.at, excluded.at),
			count = greatest(h.count, excluded.count)`
	insertMessages = `INSERT INTO messages (conv, cseq, bytes) SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bytea[])`
	updateMessages = `UPDATE messages AS m SET bytes = n.bytes
		FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS n (conv, cseq, bytes) WHERE m.conv = n.conv AND m.cseq = n.cseq`
	insertSent = `INSERT INTO sent (uid, device, counter, conv, cseq, useq)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::bigint[], $6::bigint[])`
	upsertReads = `WITH a AS MATERIALIZED (SELECT uid, gone FROM accounts WHERE uid = ANY($1::bigint[]) FOR KEY SHARE)
		INSERT INTO reads AS h (uid, conv, cseq) SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[]) AS n (uid, conv, cseq)
		WHERE NOT EXISTS (SELECT FROM a WHERE a.uid = n.uid AND a.gone)
		ON CONFLICT (uid, conv) DO UPDATE SET cseq = excluded.cseq WHERE h.cseq < excluded.cseq`
	insertOutbox = `INSERT INTO outbox (id, uid, device, useq, at, conv, cseq)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[], $7::bigint[])`
)

func queueInboxes(b *pgx.Batch, rows []store.InboxRow) {
	heads := make(map[uint64]uint64, len(rows))
	uids, useqs, convs, cseqs := make([]int64, len(rows)), make([]int64, len(rows)), make([][16]byte, len(rows)), make([]int64, len(rows))
	for i, row := range rows {
		heads[row.UID] = max(heads[row.UID], row.USeq)
		uids[i], useqs[i], convs[i], cseqs[i] = signed(row.UID), signed(row.USeq), uuid(row.Conv), signed(row.CSeq)
	}
	users := sorted(heads)
	newest := make([]int64, len(users))
	for i, uid := range users {
		newest[i] = signed(heads[uid])
	}
	b.Queue(upsertInboxes, signedAll(users), newest)
	b.Queue(insertInbox, uids, useqs, convs, cseqs)
}

func queueMessages(b *pgx.Batch, rows []store.MessageRow) {
	heads := make(map[string]store.ConversationHead, len(rows))
	var replaced []store.MessageRow
	var convs [][16]byte
	var cseqs []int64
	var bytes [][]byte
	for i := range rows {
		row := &rows[i]
		if row.Replaces {
			replaced = append(replaced, *row)
			continue
		}
		h := heads[string(row.Conv[:])]
		heads[string(row.Conv[:])] = store.ConversationHead{CSeq: max(h.CSeq, row.CSeq), At: max(h.At, row.At), Count: max(h.Count, row.Count)}
		convs, cseqs, bytes = append(convs, uuid(row.Conv)), append(cseqs, signed(row.CSeq)), append(bytes, notNull(row.Bytes))
	}
	if len(convs) > 0 {
		queueHeads(b, heads)
		b.Queue(insertMessages, convs, cseqs, bytes)
	}
	if len(replaced) > 0 {
		queueReplaced(b, replaced)
	}
}

// notNull is b, which nil is not.
func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func queueHeads(b *pgx.Batch, heads map[string]store.ConversationHead) {
	names := sorted(heads)
	n := len(names)
	keys, newest, at, count := make([][16]byte, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, name := range names {
		h := heads[name]
		keys[i], newest[i], at[i], count[i] = [16]byte([]byte(name)), signed(h.CSeq), h.At, int64(h.Count)
	}
	b.Queue(upsertConversations, keys, newest, at, count)
}

// messageKey names a message.
type messageKey struct {
	conv msgdef.Conversation
	cseq uint64
}

func queueReplaced(b *pgx.Batch, rows []store.MessageRow) {
	var convs [][16]byte
	var cseqs []int64
	var bytes [][]byte
	key := func(r *store.MessageRow) messageKey { return messageKey{r.Conv, r.CSeq} }
	for _, row := range lastOf(rows, key) { // their conversations are locked
		convs, cseqs, bytes = append(convs, uuid(row.Conv)), append(cseqs, signed(row.CSeq)), append(bytes, notNull(row.Bytes))
	}
	b.Queue(updateMessages, convs, cseqs, bytes)
}

func queueSent(b *pgx.Batch, rows []store.SentRow) {
	n := len(rows)
	uids, devices, counters := make([]int64, n), make([]int64, n), make([]int64, n)
	convs, cseqs, useqs := make([][16]byte, n), make([]int64, n), make([]int64, n)
	for i, row := range rows {
		uids[i], devices[i], counters[i] = signed(row.UID), signed(row.Device), signed(row.Counter)
		convs[i], cseqs[i], useqs[i] = uuid(row.Conv), signed(row.CSeq), signed(row.USeq)
	}
	b.Queue(insertSent, uids, devices, counters, convs, cseqs, useqs)
}

// readKey names a read mark so that keys sort as rows do.
type readKey struct {
	uid  uint64
	conv string
}

func queueReads(b *pgx.Batch, rows []store.ReadRow) {
	marks := make(map[readKey]uint64, len(rows))
	for _, row := range rows {
		key := readKey{row.UID, string(row.Conv[:])}
		marks[key] = max(marks[key], row.CSeq)
	}
	keys := sortedReads(marks)
	uids, convs, cseqs := make([]int64, len(keys)), make([][16]byte, len(keys)), make([]int64, len(keys))
	for i, key := range keys {
		uids[i], convs[i], cseqs[i] = signed(key.uid), [16]byte([]byte(key.conv)), signed(marks[key])
	}
	b.Queue(upsertReads, uids, convs, cseqs)
}

func queueOutbox(b *pgx.Batch, rows []store.OutboxRow) {
	n := len(rows)
	ids, uids, devices, useqs, at := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	convs, cseqs := make([][16]byte, n), make([]int64, n)
	for i, row := range rows {
		ids[i], uids[i], devices[i], useqs[i], at[i] = signed(row.ID), signed(row.UID), signed(row.Device), signed(row.USeq), row.At
		convs[i], cseqs[i] = uuid(row.Conv), signed(row.CSeq)
	}
	b.Queue(insertOutbox, ids, uids, devices, useqs, at, convs, cseqs)
}
