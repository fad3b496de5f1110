package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// That what is carried is there, a foreign key holds.
const (
	insertCarried = `INSERT INTO media_carried (id, conv, cseq) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
		ON CONFLICT DO NOTHING`
	deleteCarried = `DELETE FROM media_carried AS c USING unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS n (id, conv, cseq)
		WHERE c.id = n.id AND c.conv = n.conv AND c.cseq = n.cseq`
	upsertLoose = `INSERT INTO media_loose AS l (since, id) SELECT max(n.since), n.id FROM unnest($1::bigint[], $2::uuid[]) AS n (since, id)
		GROUP BY n.id ORDER BY n.id ON CONFLICT (id) DO UPDATE SET since = greatest(l.since, excluded.since)`
)

// carriedKey names media in a message.
type carriedKey struct {
	id store.MediaID
	messageKey
}

// carriedKeys are columns of keys.
type carriedKeys struct {
	ids, convs [][16]byte
	cseqs      []int64
}

func (k *carriedKeys) add(row *store.CarriedRow) {
	k.ids, k.convs, k.cseqs = append(k.ids, row.ID), append(k.convs, uuid(row.Conv)), append(k.cseqs, signed(row.CSeq))
}

func queueCarried(b *pgx.Batch, rows []store.CarriedRow) {
	var put, gone carriedKeys
	var since []int64
	last := lastOf(rows, func(r *store.CarriedRow) carriedKey { return carriedKey{r.ID, messageKey{r.Conv, r.CSeq}} })
	slices.SortFunc(last, func(a, b *store.CarriedRow) int { return bytes.Compare(a.ID[:], b.ID[:]) }) // the order in which media are locked
	for _, row := range last {
		if !row.Gone {
			put.add(row)
			continue
		}
		gone.add(row)
		since = append(since, row.At)
	}
	if len(put.ids) > 0 {
		b.Queue(insertCarried, put.ids, put.convs, put.cseqs)
	}
	if len(gone.ids) > 0 {
		b.Queue(deleteCarried, gone.ids, gone.convs, gone.cseqs)
		b.Queue(upsertLoose, since, gone.ids)
	}
}

// AddMedia implements store.MediaRows.
func (s *Store) AddMedia(m *msgdef.MediaInfo) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO media (id, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING`, m.ID, m.Append(nil))
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("%w: media %x", store.ErrExists, m.ID)
		}
		if err == nil {
			_, err = tx.Exec(ctx, upsertLoose, []int64{m.Created}, [][16]byte{m.ID})
		}
		return err
	})
}

// Media implements store.MediaRows.
func (s *Store) Media(id store.MediaID) (m msgdef.MediaInfo, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		var bytes []byte
		if err := q.QueryRow(ctx, `SELECT bytes FROM media WHERE id = $1`, id).Scan(&bytes); err != nil {
			return err
		}
		if err := m.Decode(bytes); err != nil {
			return corrupt("media %x: %v", id, err)
		}
		return nil
	})
	return m, err
}

// Carried implements store.MediaRows.
func (s *Store) Carried(dst []store.CarriedRow, id store.MediaID, limit int) ([]store.CarriedRow, error) {
	if limit <= 0 {
		return dst, nil
	}
	var page []store.CarriedRow
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, `SELECT conv, cseq FROM media_carried WHERE id = $1 ORDER BY conv, cseq LIMIT $2`, id, limit)
		page, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.CarriedRow, error) {
			var conv [16]byte
			var cseq int64
			err := row.Scan(&conv, &cseq)
			return store.CarriedRow{ID: id, Conv: conversation(conv), CSeq: unsigned(cseq)}, err
		})
		return err
	})
	return append(dst, page...), err
}

// LooseMedia implements store.MediaRows.
func (s *Store) LooseMedia(dst []store.LooseMedia, since int64, limit int) ([]store.LooseMedia, error) {
	if limit <= 0 {
		return dst, nil
	}
	var page []store.LooseMedia
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, `SELECT since, id FROM media_loose WHERE bucket = 0 AND since <= $1 ORDER BY since LIMIT $2`, since, limit)
		page, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l store.LooseMedia, err error) {
			err = row.Scan(&l.Since, &l.ID)
			return l, err
		})
		return err
	})
	return append(dst, page...), err
}

// DropMedia implements store.MediaRows. When a message that carries the media is
// committed at the same moment, the foreign key refuses the drop, or the commit.
func (s *Store) DropMedia(loose store.LooseMedia) (dropped bool, err error) {
	err = s.write(func(ctx context.Context, tx pgx.Tx) error {
		dropped = false
		tag, err := tx.Exec(ctx, `DELETE FROM media_loose WHERE id = $1 AND since = $2`, loose.ID, loose.Since)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		tag, err = tx.Exec(ctx, `DELETE FROM media AS m WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM media_carried AS c WHERE c.id = m.id)`, loose.ID)
		if dropped = tag.RowsAffected() > 0; err != nil || !dropped {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO media_dropped (id) VALUES ($1) ON CONFLICT DO NOTHING`, loose.ID)
		return err
	})
	if codeOf(err) == codeForeignKey {
		return false, nil // the next one to look finds that it is carried
	}
	return dropped && err == nil, err
}

// DroppedMedia implements store.MediaRows.
func (s *Store) DroppedMedia(dst []store.MediaID, limit int) ([]store.MediaID, error) {
	if limit <= 0 {
		return dst, nil
	}
	var page [][16]byte
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, `SELECT id FROM media_dropped ORDER BY id LIMIT $1`, limit)
		page, err = pgx.CollectRows(rows, pgx.RowTo[[16]byte])
		return err
	})
	return append(dst, page...), err
}

// ForgetMedia implements store.MediaRows.
func (s *Store) ForgetMedia(ids []store.MediaID) error {
	return s.write(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM media_dropped WHERE id = ANY($1::uuid[])`, ids)
		return err
	})
}
