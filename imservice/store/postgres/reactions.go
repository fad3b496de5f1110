package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Reactions change under the lock of their conversation.
const (
	upsertReactions = `INSERT INTO reactions (conv, cseq, uid, emoji)
		SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[])
		ON CONFLICT (conv, cseq, uid) DO UPDATE SET emoji = excluded.emoji`
	deleteReactions = `DELETE FROM reactions AS r USING unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS n (conv, cseq, uid)
		WHERE r.conv = n.conv AND r.cseq = n.cseq AND r.uid = n.uid`
)

// reactionKey names a user's reaction to a message.
type reactionKey struct {
	memberKey
	cseq uint64
}

// reactionKeys are columns of keys.
type reactionKeys struct {
	convs       [][16]byte
	cseqs, uids []int64
}

func (k *reactionKeys) add(row *store.ReactionRow) {
	k.convs, k.cseqs, k.uids = append(k.convs, uuid(row.Conv)), append(k.cseqs, signed(row.CSeq)), append(k.uids, signed(row.UID))
}

func queueReactions(b *pgx.Batch, rows []store.ReactionRow) {
	var put, gone reactionKeys
	var emoji []string
	key := func(r *store.ReactionRow) reactionKey { return reactionKey{memberKey{r.Conv, r.UID}, r.CSeq} }
	for _, row := range lastOf(rows, key) {
		if row.Gone {
			gone.add(row)
			continue
		}
		put.add(row)
		emoji = append(emoji, row.Emoji)
	}
	if len(emoji) > 0 {
		b.Queue(upsertReactions, put.convs, put.cseqs, put.uids, emoji)
	}
	if len(gone.uids) > 0 {
		b.Queue(deleteReactions, gone.convs, gone.cseqs, gone.uids)
	}
}

// Reaction implements store.Conversations.
func (s *Store) Reaction(conv msgdef.Conversation, cseq, uid uint64) (emoji string, err error) {
	const query = `SELECT emoji FROM reactions WHERE conv = $1 AND cseq = $2 AND uid = $3`
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		return q.QueryRow(ctx, query, uuid(conv), signed(cseq), signed(uid)).Scan(&emoji)
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return emoji, err
}
