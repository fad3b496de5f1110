package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// What the statements after the first see is what the holders of its locks before
// left: under READ COMMITTED each sees what was committed before it began, and
// under SNAPSHOT, which YSQL may take for it, a lock on a row that changed since
// the transaction began is an error 40001, and all is asked anew.
const (
	lockInboxes       = `SELECT uid, useq FROM inboxes WHERE uid = ANY($1::bigint[]) ORDER BY uid FOR UPDATE`
	selectHere        = `SELECT uid FROM inboxes WHERE uid = ANY($1::bigint[])`
	lockConversations = `SELECT conv, cseq, at, count, bars, keep FROM conversations WHERE conv = ANY($1::uuid[]) ORDER BY conv FOR UPDATE`
	selectRepeated    = `SELECT s.uid, s.device, s.counter, s.conv, s.cseq, s.useq
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (uid, device, counter)
		JOIN sent AS s ON s.uid = n.uid AND s.device = n.device AND s.counter = n.counter`
	selectSentFloors = `SELECT uid, device, counter FROM sent_floors
		WHERE (uid, device) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))`
	selectUsed = `SELECT n.uid, n.device, s.counter FROM unnest($1::bigint[], $2::bigint[]) AS n (uid, device)
		CROSS JOIN LATERAL (SELECT counter FROM sent WHERE uid = n.uid AND device = n.device ORDER BY counter DESC LIMIT 1) AS s`
	selectPush = `SELECT uid, device FROM push_tokens WHERE uid = ANY($1::bigint[]) ORDER BY uid, device`
)

// Lock implements store.SharedLog.
func (s *Store) Lock(g *store.Ground) error {
	if err := s.enter(); err != nil {
		return err
	}
	err := s.again(func(ctx context.Context) error {
		return mayPass(ctx, s.lock(ctx, g)) // nothing was written yet
	})
	if err != nil {
		s.life.RUnlock() // else Apply or Unlock does it
		if rolledBack(err) {
			err = fmt.Errorf("%w: %w", store.ErrMoved, err)
		}
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}

func (s *Store) lock(ctx context.Context, g *store.Ground) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	var a audience
	if err := a.look(ctx, conn, g); err != nil {
		conn.Release()
		return err
	}
	var batch pgx.Batch
	batch.Queue("BEGIN")
	queueGround(&batch, g, &a)
	err = conn.SendBatch(ctx, &batch).Close()
	if err == nil && len(a.unkept) > 0 {
		err = findKept(ctx, conn, g, a.unkept)
	}
	if err == nil && !a.covers(g) {
		err = repeat{errAudience}
	}
	if err != nil {
		conn.Release() // it is in a transaction, so it is closed
		return err
	}
	s.ground = conn
	return nil
}

// queueGround adds the questions of g, about its audience too.
func queueGround(b *pgx.Batch, g *store.Ground, a *audience) {
	if g.Heads == nil {
		g.Heads, g.Newest = map[uint64]uint64{}, map[msgdef.Conversation]store.ConversationHead{}
		g.Repeated, g.Push = map[store.SendName]store.SentRow{}, map[uint64][]uint64{}
		g.Groups = map[msgdef.Conversation]store.GroupGround{}
		g.Here = map[uint64]bool{}
		g.Oldest, g.Used = map[store.Sender]uint64{}, map[store.Sender]uint64{}
	}
	clear(g.Heads)
	clear(g.Here)
	clear(g.Newest)
	clear(g.Repeated)
	clear(g.Push)
	clear(g.Groups)
	clear(g.Oldest)
	clear(g.Used)
	if len(a.users) > 0 {
		queueLockedInboxes(b, g, a.users)
	}
	if len(g.Conversations) > 0 {
		queueLockedConversations(b, g, a)
	}
	if len(g.Authors) > 0 {
		queueHere(b, g)
	}
	a.queueGroups(b, g)
	if len(g.Sends) > 0 {
		queueRepeated(b, g)
	}
	if len(g.Senders) > 0 {
		queueUsed(b, g)
	}
	if len(a.users)+len(g.Named) > 0 {
		queuePushDevices(b, g, slices.Concat(a.users, g.Named))
	}
}

func queueLockedInboxes(b *pgx.Batch, g *store.Ground, users []uint64) {
	b.Queue(lockInboxes, signedAll(users)).Query(func(rows pgx.Rows) error {
		return readHeads(rows, g.Heads)
	})
}

func queueHere(b *pgx.Batch, g *store.Ground) {
	b.Queue(selectHere, signedAll(g.Authors)).Query(func(rows pgx.Rows) error {
		var uid int64
		_, err := pgx.ForEachRow(rows, []any{&uid}, func() error {
			g.Here[unsigned(uid)] = true
			return nil
		})
		return err
	})
}

// readHeads reads rows of a user and their head.
func readHeads(rows pgx.Rows, heads map[uint64]uint64) error {
	var uid, useq int64
	_, err := pgx.ForEachRow(rows, []any{&uid, &useq}, func() error {
		heads[unsigned(uid)] = unsigned(useq)
		return nil
	})
	return err
}

func queueLockedConversations(b *pgx.Batch, g *store.Ground, a *audience) {
	convs := make([][16]byte, len(g.Conversations))
	for i, conv := range g.Conversations {
		convs[i] = uuid(conv)
	}
	b.Queue(lockConversations, convs).Query(func(rows pgx.Rows) error {
		var conv [16]byte
		var cseq, at, count int64
		var bars int16
		var keep int32
		_, err := pgx.ForEachRow(rows, []any{&conv, &cseq, &at, &count, &bars, &keep}, func() error {
			if keep == keepNotFound {
				a.unkept, keep = append(a.unkept, conv), 0
			}
			g.Newest[conversation(conv)] = store.ConversationHead{
				CSeq: unsigned(cseq), At: at, Count: uint64(count), Bars: store.Bars(bars), Keep: uint16(keep),
			}
			return nil
		})
		return err
	})
}

func queueRepeated(b *pgx.Batch, g *store.Ground) {
	n := len(g.Sends)
	uids, devices, counters := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, name := range g.Sends {
		uids[i], devices[i], counters[i] = signed(name.UID), signed(name.Device), signed(name.Counter)
	}
	b.Queue(selectRepeated, uids, devices, counters).Query(func(rows pgx.Rows) error {
		sent, err := pgx.CollectRows(rows, sentRow)
		for _, row := range sent {
			g.Repeated[store.SendName{UID: row.UID, Device: row.Device, Counter: row.Counter}] = row
		}
		return err
	})
	b.Queue(selectSentFloors, uids, devices).Query(func(rows pgx.Rows) error {
		return readCounters(rows, g.Oldest)
	})
}

func queueUsed(b *pgx.Batch, g *store.Ground) {
	uids, devices := make([]int64, len(g.Senders)), make([]int64, len(g.Senders))
	for i, of := range g.Senders {
		uids[i], devices[i] = signed(of.UID), signed(of.Device)
	}
	b.Queue(selectUsed, uids, devices).Query(func(rows pgx.Rows) error {
		return readCounters(rows, g.Used)
	})
}

// readCounters reads rows of a sender and a counter.
func readCounters(rows pgx.Rows, counters map[store.Sender]uint64) error {
	var uid, device, counter int64
	_, err := pgx.ForEachRow(rows, []any{&uid, &device, &counter}, func() error {
		counters[store.Sender{UID: unsigned(uid), Device: unsigned(device)}] = unsigned(counter)
		return nil
	})
	return err
}

func queuePushDevices(b *pgx.Batch, g *store.Ground, users []uint64) {
	b.Queue(selectPush, signedAll(users)).Query(func(rows pgx.Rows) error {
		var uid, device int64
		_, err := pgx.ForEachRow(rows, []any{&uid, &device}, func() error {
			g.Push[unsigned(uid)] = append(g.Push[unsigned(uid)], unsigned(device))
			return nil
		})
		return err
	})
}

// Unlock implements store.SharedLog.
func (s *Store) Unlock() {
	conn := s.ground
	if conn == nil {
		return
	}
	s.ground = nil
	defer s.life.RUnlock()
	defer conn.Release() // closes it when the rollback did not arrive
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	_, _ = conn.Exec(ctx, "ROLLBACK")
}

// InboxHeads implements store.SharedLog.
func (s *Store) InboxHeads(dst, uids []uint64) ([]uint64, error) {
	return s.ofEach(dst, uids, `SELECT uid, useq FROM inboxes WHERE uid = ANY($1::bigint[])`, signedAll(uids))
}

// ReadMarks implements store.SharedLog.
func (s *Store) ReadMarks(dst []uint64, conv msgdef.Conversation, uids []uint64) ([]uint64, error) {
	return s.ofEach(dst, uids, `SELECT uid, cseq FROM reads WHERE uid = ANY($1::bigint[]) AND conv = $2`, signedAll(uids), uuid(conv))
}

// ofEach appends a number of each user to dst, by a query for users and numbers.
func (s *Store) ofEach(dst, uids []uint64, query string, args ...any) ([]uint64, error) {
	heads := make(map[uint64]uint64, len(uids))
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, query, args...)
		return readHeads(rows, heads)
	})
	if err != nil {
		return dst, err
	}
	for _, uid := range uids {
		dst = append(dst, heads[uid])
	}
	return dst, nil
}
