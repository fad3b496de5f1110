package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// number runs a query for one biased number; none is 0.
func (s *Store) number(query string, args ...any) (uint64, error) {
	n, err := s.numberOf(query, args...)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// numberOf is number, for which none is ErrNotFound.
func (s *Store) numberOf(query string, args ...any) (uint64, error) {
	var n int64
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) error { return q.QueryRow(ctx, query, args...).Scan(&n) })
	if err != nil {
		return 0, err
	}
	return unsigned(n), nil
}

// ConversationHead implements store.Conversations.
func (s *Store) ConversationHead(conv msgdef.Conversation) (uint64, error) {
	return s.number(`SELECT cseq FROM conversations WHERE conv = $1`, uuid(conv))
}

// Message implements store.Conversations.
func (s *Store) Message(conv msgdef.Conversation, cseq uint64) (message []byte, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		return q.QueryRow(ctx, `SELECT bytes FROM messages WHERE conv = $1 AND cseq = $2`, uuid(conv), signed(cseq)).Scan(&message)
	})
	return message, err
}

// selectRange reads a page from either end, see selectInbox.
func selectRange(newest bool) string {
	order := "ASC"
	if newest {
		order = "DESC"
	}
	return `SELECT cseq, bytes FROM (
		SELECT cseq, bytes, sum(octet_length(bytes)) OVER (ORDER BY cseq ` + order + `) AS total,
			row_number() OVER (ORDER BY cseq ` + order + `) AS n
		FROM (
			SELECT cseq, bytes FROM messages WHERE conv = $1 AND cseq >= $2 AND cseq <= $3 ORDER BY cseq ` + order + ` LIMIT $4
		) AS rows
	) AS page WHERE total <= $5 OR n = 1 ORDER BY cseq`
}

// Range implements store.Conversations.
func (s *Store) Range(dst [][]byte, conv msgdef.Conversation, from, to uint64, newest bool, limit, maxBytes int) ([][]byte, error) {
	if from > to || limit <= 0 {
		return dst, nil
	}
	var page []store.MessageRow
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, selectRange(newest), uuid(conv), signed(from), signed(to), int64(limit), int64(maxBytes))
		page, err = pgx.CollectRows(rows, messageRow)
		return err
	})
	if err != nil {
		return dst, err
	}
	dst = slices.Grow(dst, len(page))
	begin := len(dst)
	for i := range page {
		if i > 0 && page[i].CSeq != page[i-1].CSeq+1 {
			return dst[:begin], corrupt("conversation %x goes on from %d with %d", conv, page[i-1].CSeq, page[i].CSeq)
		}
		dst = append(dst, page[i].Bytes)
	}
	return dst, nil
}

func messageRow(row pgx.CollectableRow) (m store.MessageRow, err error) {
	var cseq int64
	err = row.Scan(&cseq, &m.Bytes)
	m.CSeq = unsigned(cseq)
	return m, err
}

// ReadMark implements store.Conversations.
func (s *Store) ReadMark(uid uint64, conv msgdef.Conversation) (uint64, error) {
	return s.number(`SELECT cseq FROM reads WHERE uid = $1 AND conv = $2`, signed(uid), uuid(conv))
}
