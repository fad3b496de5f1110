package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Pins change under the lock of their conversation.
const (
	insertPins = `INSERT INTO pins (conv, cseq) SELECT * FROM unnest($1::uuid[], $2::bigint[]) ON CONFLICT DO NOTHING`
	deletePins = `DELETE FROM pins AS p USING unnest($1::uuid[], $2::bigint[]) AS n (conv, cseq)
		WHERE p.conv = n.conv AND p.cseq = n.cseq`
)

func queuePins(b *pgx.Batch, rows []store.PinRow) {
	var convs, gone [][16]byte
	var cseqs, ended []int64
	for _, row := range lastOf(rows, func(r *store.PinRow) messageKey { return messageKey{r.Conv, r.CSeq} }) {
		if row.Gone {
			gone, ended = append(gone, uuid(row.Conv)), append(ended, signed(row.CSeq))
			continue
		}
		convs, cseqs = append(convs, uuid(row.Conv)), append(cseqs, signed(row.CSeq))
	}
	if len(convs) > 0 {
		b.Queue(insertPins, convs, cseqs)
	}
	if len(gone) > 0 {
		b.Queue(deletePins, gone, ended)
	}
}

// Pins implements store.Conversations.
func (s *Store) Pins(dst []uint64, conv msgdef.Conversation, from, to uint64, limit int) ([]uint64, error) {
	if from > to || limit <= 0 {
		return dst, nil
	}
	const query = `SELECT cseq FROM pins WHERE conv = $1 AND cseq >= $2 AND cseq <= $3 ORDER BY cseq DESC LIMIT $4`
	var page []int64
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, query, uuid(conv), signed(from), signed(to), limit)
		page, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	for _, cseq := range page {
		dst = append(dst, unsigned(cseq))
	}
	return dst, err
}
