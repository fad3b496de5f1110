package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// InboxHead implements store.Inboxes.
func (s *Store) InboxHead(uid uint64) (uint64, error) {
	return s.number(`SELECT useq FROM inboxes WHERE uid = $1`, signed(uid))
}

// selectInbox reads a page: the sum of the bytes up to a row bounds it in the
// database, so that what the page has no room for is not sent.
const selectInbox = `SELECT useq, conv, cseq, bytes, dropped FROM (
		SELECT useq, conv, cseq, bytes, dropped, sum(coalesce(octet_length(bytes), 0)) OVER (ORDER BY useq) AS total,
			row_number() OVER (ORDER BY useq) AS n
		FROM (
			SELECT i.useq, i.conv, i.cseq, m.bytes, m.bytes IS NULL AND EXISTS (
				SELECT FROM conversation_floors AS f WHERE f.conv = i.conv AND f.cseq >= i.cseq
			) AS dropped
			FROM inbox AS i LEFT JOIN messages AS m ON m.conv = i.conv AND m.cseq = i.cseq
			WHERE i.uid = $1 AND i.useq > $2 AND i.useq <= $3 ORDER BY i.useq LIMIT $4
		) AS rows
	) AS page WHERE total <= $5 OR n = 1 ORDER BY useq`

// Inbox implements store.Inboxes.
func (s *Store) Inbox(dst []store.InboxEntry, uid, after, upTo uint64, limit, maxBytes int) ([]store.InboxEntry, error) {
	if after >= upTo || limit <= 0 {
		return dst, nil
	}
	var page []inboxRow
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, selectInbox, signed(uid), signed(after), signed(upTo), int64(limit), int64(maxBytes))
		page, err = pgx.CollectRows(rows, inboxEntry)
		return err
	})
	if err != nil {
		return dst, err
	}
	for i := range page {
		switch at := page[i].USeq; {
		case page[i].Bytes == nil && !page[i].dropped:
			return dst, corrupt("entry %d of the inbox of %d has no message", at, uid)
		case i > 0 && at != page[i-1].USeq+1:
			return dst, corrupt("the inbox of %d goes on from %d with %d", uid, page[i-1].USeq, at)
		}
	}
	for i := range page {
		dst = append(dst, page[i].InboxEntry)
	}
	return dst, nil
}

// InboxNext implements store.Inboxes.
func (s *Store) InboxNext(uid uint64, conv msgdef.Conversation, after, upTo uint64) (store.InboxEntry, error) {
	entry := store.InboxEntry{Conv: conv}
	if after >= upTo {
		return entry, store.ErrNotFound
	}
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		var useq, cseq int64
		err := q.QueryRow(ctx, `SELECT useq, cseq FROM inbox WHERE uid = $1 AND useq > $2 AND useq <= $3 AND conv = $4 ORDER BY useq LIMIT 1`,
			signed(uid), signed(after), signed(upTo), uuid(conv)).Scan(&useq, &cseq)
		entry.USeq, entry.CSeq = unsigned(useq), unsigned(cseq)
		return err
	})
	return entry, err
}

// inboxRow is an entry, or one whose message was dropped.
type inboxRow struct {
	store.InboxEntry
	dropped bool
}

func inboxEntry(row pgx.CollectableRow) (e inboxRow, err error) {
	var useq, cseq int64
	var conv [16]byte
	err = row.Scan(&useq, &conv, &cseq, &e.Bytes, &e.dropped)
	e.USeq, e.Conv, e.CSeq = unsigned(useq), conversation(conv), unsigned(cseq)
	return e, err
}
