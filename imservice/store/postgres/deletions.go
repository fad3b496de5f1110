package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// The row of an account is locked by who removes it, and shared by those who keep rows
// of the user that are under no other lock: whoever comes later sees that it is gone,
// and whoever came before has written what is erased then.
const (
	lockPresent = `SELECT uid, gone FROM accounts WHERE uid = ANY($1::bigint[]) ORDER BY uid FOR KEY SHARE`
	endInbox    = `DELETE FROM inboxes WHERE uid = $1`
	lockAccount = `SELECT 1 FROM accounts WHERE uid = $1 FOR UPDATE`
	endAccount  = `UPDATE accounts SET gone = true WHERE uid = $1`
	putDeletion = `INSERT INTO deletions (uid, done, at) VALUES ($1, $2, $3) ON CONFLICT (uid) DO UPDATE SET done = excluded.done, at = excluded.at`
)

// beginDeletion makes an account one that is gone, in the transaction that removes it.
// The inbox comes first: who has its lock may want the account's.
func beginDeletion(ctx context.Context, tx pgx.Tx, d store.Deletion) error {
	var batch pgx.Batch
	batch.Queue(endInbox, signed(d.UID))
	batch.Queue(lockAccount, signed(d.UID))
	batch.Queue(endAccount, signed(d.UID))
	batch.Queue(putDeletion, signed(d.UID), int16(d.Done), d.At)
	return tx.SendBatch(ctx, &batch).Close()
}

// goneOf returns which of some users are gone, and keeps the others from going until
// the transaction ends.
func goneOf(ctx context.Context, tx pgx.Tx, uids []int64) (gone map[int64]bool, err error) {
	rows, _ := tx.Query(ctx, lockPresent, uids)
	gone = map[int64]bool{}
	var uid int64
	var is bool
	_, err = pgx.ForEachRow(rows, []any{&uid, &is}, func() error {
		if is {
			gone[uid] = true
		}
		return nil
	})
	return gone, err
}

// Deletion implements store.Deletions.
func (s *Store) Deletion(uid uint64) (d store.Deletion, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, `SELECT uid, done, at FROM deletions WHERE uid = $1`, signed(uid))
		d, err = pgx.CollectExactlyOneRow(rows, deletionRow)
		return err
	})
	return d, err
}

func deletionRow(row pgx.CollectableRow) (d store.Deletion, err error) {
	var uid int64
	var done int16
	err = row.Scan(&uid, &done, &d.At)
	d.UID, d.Done = unsigned(uid), uint8(done)
	return d, err
}

// Deletions implements store.Deletions.
func (s *Store) Deletions(dst []store.Deletion, after uint64, limit int) ([]store.Deletion, error) {
	same := func(d store.Deletion) store.Deletion { return d }
	return owners(s, dst, deletionRow, same, `SELECT uid, done, at FROM deletions WHERE uid > $1 ORDER BY uid LIMIT $2`, signed(after), limit)
}

// NoteDeletion implements store.Deletions.
func (s *Store) NoteDeletion(uid uint64, done uint8) error {
	return s.run(`UPDATE deletions SET done = $2 WHERE uid = $1 AND done < $2`, signed(uid), int16(done))
}

// DropDeletion implements store.Deletions.
func (s *Store) DropDeletion(uid uint64) error {
	return s.run(`DELETE FROM deletions WHERE uid = $1`, signed(uid))
}

// run is a transaction of one statement.
func (s *Store) run(statement string, args ...any) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, statement, args...)
		return err
	})
}

// MemberOf implements store.Deletions.
func (s *Store) MemberOf(dst []msgdef.Conversation, uid uint64, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error) {
	return owners(s, dst, pgx.RowTo[[16]byte], conversation,
		`SELECT conv FROM members WHERE uid = $1 AND conv > $2 ORDER BY conv LIMIT $3`, signed(uid), uuid(after), limit)
}

// RelatedTo implements store.Deletions.
func (s *Store) RelatedTo(dst []uint64, peer, after uint64, limit int) ([]uint64, error) {
	return owners(s, dst, pgx.RowTo[int64], unsigned,
		`SELECT uid FROM relations WHERE peer = $1 AND uid > $2 ORDER BY uid LIMIT $3`, signed(peer), signed(after), limit)
}

// ofUser are the tables that have rows of a user, each with what beside the user is
// the key.
func ofUser() [][2]string {
	return [][2]string{
		{"inbox", "useq"}, {"sent", "device, counter"}, {"reads", "conv"}, {"devices", "device"}, {"talks", "conv"}, {"settings", "conv"},
		{"hidden", "conv, cseq"}, {"relations", "peer"}, {"tallies", "uid"}, {"inbox_floors", "uid"}, {"sent_floors", "device"},
		{"signins", "began, conn, gate"}, {"families", "device"}, {"push_tokens", "device"}, {"laters", "cseq"},
	}
}

// Erase implements store.Deletions. Each table is a transaction of its own.
func (s *Store) Erase(uid uint64, limit int) (more bool, err error) {
	for _, t := range ofUser() {
		statement := fmt.Sprintf(`DELETE FROM %s WHERE uid = $1 AND (%s) IN (SELECT %s FROM %[1]s WHERE uid = $1 LIMIT $2)`, t[0], t[1], t[1])
		n := int64(0)
		err := s.write(func(ctx context.Context, tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, statement, signed(uid), limit)
			n = tag.RowsAffected()
			return err
		})
		if err != nil {
			return false, fmt.Errorf("erase %s: %w", t[0], err)
		}
		more = more || n >= int64(limit)
	}
	return more, s.eraseNames(uid)
}

// eraseNames has the user be found by no name, and show nothing.
func (s *Store) eraseNames(uid uint64) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		var keys foundKeys
		rows, _ := tx.Query(ctx, `SELECT name FROM accounts WHERE uid = $1`, signed(uid))
		names, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return err
		}
		for _, name := range names {
			keys.add(store.Findable(string(name)), uid, store.NameAccount)
		}
		rows, _ = tx.Query(ctx, `SELECT bytes FROM profiles WHERE uid = $1`, signed(uid))
		profiles, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return err
		}
		for _, bytes := range profiles {
			var p store.ProfileRow
			if err := p.Decode(bytes); err != nil {
				return corrupt("a profile: %v", err)
			}
			keys.add(p.Found(), uid, store.NameOwn)
		}
		if _, err = tx.Exec(ctx, deleteFound, keys.names, keys.kinds, keys.uids); err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM profiles WHERE uid = $1`, signed(uid))
		}
		return err
	})
}

// EraseConversation implements store.Deletions.
func (s *Store) EraseConversation(conv msgdef.Conversation) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		for _, table := range []string{"messages", "reactions", "pins", "conversation_floors", "conversations"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE conv = $1`, uuid(conv)); err != nil {
				return err
			}
		}
		return nil
	})
}
