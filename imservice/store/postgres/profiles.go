package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Profiles change under the lock of their user's inbox.
const (
	upsertProfiles = `INSERT INTO profiles (uid, bytes) SELECT * FROM unnest($1::bigint[], $2::bytea[])
		ON CONFLICT (uid) DO UPDATE SET bytes = excluded.bytes`
	insertFound = `INSERT INTO people_names (name, kind, uid) SELECT * FROM unnest($1::bytea[], $2::smallint[], $3::bigint[])
		ON CONFLICT DO NOTHING`
	deleteFound = `DELETE FROM people_names AS p USING unnest($1::bytea[], $2::smallint[], $3::bigint[]) AS n (name, kind, uid)
		WHERE p.bucket = 0 AND p.name = n.name AND p.kind = n.kind AND p.uid = n.uid`
	selectProfiles = `SELECT bytes FROM profiles WHERE uid = ANY($1::bigint[])`

	// bucket is 0, so that the order of the key is that of its second column.
	selectFoundNames = `SELECT name, kind, uid FROM people_names WHERE bucket = 0 AND name >= $1 AND name < $2
		AND (name, kind, uid) > ($3, $4, $5) ORDER BY name, kind, uid LIMIT $6`
)

// foundKeys are columns of names.
type foundKeys struct {
	names [][]byte
	kinds []int16
	uids  []int64
}

func (k *foundKeys) add(name string, uid uint64, kind store.NameKind) {
	if name != "" {
		k.names, k.kinds, k.uids = append(k.names, []byte(name)), append(k.kinds, int16(kind)), append(k.uids, signed(uid))
	}
}

func queueProfiles(b *pgx.Batch, rows []store.ProfileRow) {
	var uids []int64
	var bytes [][]byte
	var put, gone foundKeys
	for i := range rows {
		gone.add(rows[i].Was, rows[i].UID, store.NameOwn) // also of those between
		gone.add(rows[i].Found(), rows[i].UID, store.NameOwn)
	}
	for _, row := range lastOf(rows, func(r *store.ProfileRow) uint64 { return r.UID }) {
		uids, bytes = append(uids, signed(row.UID)), append(bytes, row.Append(nil))
		put.add(row.Found(), row.UID, store.NameOwn)
	}
	b.Queue(upsertProfiles, uids, bytes)
	if len(gone.names) > 0 {
		b.Queue(deleteFound, gone.names, gone.kinds, gone.uids)
	}
	if len(put.names) > 0 {
		b.Queue(insertFound, put.names, put.kinds, put.uids)
	}
}

// Profiles implements store.Profiles.
func (s *Store) Profiles(dst []msgdef.UserProfile, uids []uint64) ([]msgdef.UserProfile, error) {
	if len(uids) == 0 {
		return dst, nil
	}
	found := map[uint64]msgdef.UserProfile{}
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, selectProfiles, signedAll(uids))
		var bytes []byte
		_, err := pgx.ForEachRow(rows, []any{&bytes}, func() error {
			var p msgdef.UserProfile
			if err := p.Decode(bytes); err != nil {
				return corrupt("a profile: %v", err)
			}
			found[p.UID] = p
			return nil
		})
		return err
	})
	for _, uid := range uids {
		p := found[uid]
		p.UID = uid
		dst = append(dst, p)
	}
	return dst, err
}

// FindPeople implements store.Profiles.
func (s *Store) FindPeople(dst []store.FoundName, prefix string, after store.FoundName, limit int) ([]store.FoundName, error) {
	if limit <= 0 || prefix == "" {
		return dst, nil
	}
	var page []store.FoundName
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, selectFoundNames, []byte(prefix), afterPrefix(prefix), []byte(after.Name), int16(after.Kind), signed(after.UID), limit)
		page, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f store.FoundName, err error) {
			var name []byte
			var kind int16
			var uid int64
			err = row.Scan(&name, &kind, &uid)
			return store.FoundName{Name: string(name), Kind: store.NameKind(kind), UID: unsigned(uid)}, err
		})
		return err
	})
	return append(dst, page...), err
}

// afterPrefix is the smallest name that sorts after all with a prefix, which is text
// and not empty.
func afterPrefix(prefix string) []byte {
	end := []byte(prefix)
	end[len(end)-1]++ // no byte of UTF-8 is 255
	return end
}
