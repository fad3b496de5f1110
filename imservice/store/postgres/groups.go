package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Groups, members and talks change under the lock of their conversation.
const (
	upsertGroups = `INSERT INTO groups (conv, listed, bytes, big) SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::boolean[])
		ON CONFLICT (conv) DO UPDATE SET listed = excluded.listed, bytes = excluded.bytes, big = excluded.big`
	upsertMembers = `INSERT INTO members (conv, uid, role, since, muted)
		SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::bigint[], $5::bigint[])
		ON CONFLICT (conv, uid) DO UPDATE SET role = excluded.role, since = excluded.since, muted = excluded.muted`
	deleteMembers = `DELETE FROM members AS m USING unnest($1::uuid[], $2::bigint[]) AS n (conv, uid)
		WHERE m.conv = n.conv AND m.uid = n.uid`
	insertTalks = `INSERT INTO talks (uid, conv) SELECT * FROM unnest($1::bigint[], $2::uuid[]) ON CONFLICT DO NOTHING`
	deleteTalks = `DELETE FROM talks AS t USING unnest($1::bigint[], $2::uuid[]) AS n (uid, conv)
		WHERE t.uid = n.uid AND t.conv = n.conv`
)

// lastOf returns the rows of a commit that count: the later of two with a key.
func lastOf[K comparable, R any](rows []R, key func(*R) K) (last []*R) {
	at := make(map[K]int, len(rows))
	for i := range rows {
		k := key(&rows[i])
		if j, ok := at[k]; ok {
			last[j] = &rows[i]
			continue
		}
		at[k] = len(last)
		last = append(last, &rows[i])
	}
	return last
}

func queueGroups(b *pgx.Batch, rows []store.GroupRow) {
	var convs [][16]byte
	var listed, bytes [][]byte
	var big []bool
	for _, row := range lastOf(rows, func(r *store.GroupRow) msgdef.Conversation { return r.Conv }) {
		convs, listed, bytes = append(convs, uuid(row.Conv)), append(listed, []byte(row.Folded())), append(bytes, row.Append(nil))
		big = append(big, row.Big != 0)
	}
	b.Queue(upsertGroups, convs, listed, bytes, big)
}

// memberKey names somebody in a group, and a user's conversation.
type memberKey struct {
	conv msgdef.Conversation
	uid  uint64
}

func queueMembers(b *pgx.Batch, rows []store.MemberRow) {
	var convs, gone [][16]byte
	var uids, since, muted, left []int64
	var roles []int16
	for _, row := range lastOf(rows, func(r *store.MemberRow) memberKey { return memberKey{r.Conv, r.UID} }) {
		if row.Role == msgdef.RoleNone {
			gone, left = append(gone, uuid(row.Conv)), append(left, signed(row.UID))
			continue
		}
		convs, uids, roles = append(convs, uuid(row.Conv)), append(uids, signed(row.UID)), append(roles, int16(row.Role))
		since, muted = append(since, signed(row.Since)), append(muted, row.Muted)
	}
	if len(convs) > 0 {
		b.Queue(upsertMembers, convs, uids, roles, since, muted)
	}
	if len(gone) > 0 {
		b.Queue(deleteMembers, gone, left)
	}
}

func queueTalks(b *pgx.Batch, rows []store.TalkRow) {
	var convs, gone [][16]byte
	var uids, left []int64
	for _, row := range lastOf(rows, func(r *store.TalkRow) memberKey { return memberKey{r.Conv, r.UID} }) {
		if row.Gone {
			gone, left = append(gone, uuid(row.Conv)), append(left, signed(row.UID))
			continue
		}
		convs, uids = append(convs, uuid(row.Conv)), append(uids, signed(row.UID))
	}
	if len(convs) > 0 {
		b.Queue(insertTalks, uids, convs)
	}
	if len(gone) > 0 {
		b.Queue(deleteTalks, left, gone)
	}
}

// Group implements store.Groups.
func (s *Store) Group(conv msgdef.Conversation) (g msgdef.Group, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, `SELECT bytes FROM groups WHERE conv = $1`, uuid(conv))
		g, err = pgx.CollectExactlyOneRow(rows, groupRow)
		return err
	})
	return g, err
}

func groupRow(row pgx.CollectableRow) (g msgdef.Group, err error) {
	var bytes []byte
	if err = row.Scan(&bytes); err != nil {
		return g, err
	}
	if err := g.Decode(bytes); err != nil {
		return g, corrupt("a group: %v", err)
	}
	return g, nil
}

// selectFound reads a page of groups with a prefix. bucket is 0, so that the order
// of the index is that of its second column.
const selectFound = `SELECT bytes FROM groups WHERE bucket = 0 AND listed <> '' AND listed >= $1 AND substr(listed, 1, $2) = $1
	AND (listed, conv) > ($3, $4) ORDER BY listed, conv LIMIT $5`

// FindGroups implements store.Groups.
func (s *Store) FindGroups(dst []msgdef.Group, prefix string, after store.Listed, limit int) ([]msgdef.Group, error) {
	if limit <= 0 {
		return dst, nil
	}
	var page []msgdef.Group
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, selectFound, []byte(prefix), len(prefix), []byte(after.Name), uuid(after.Conv), limit)
		page, err = pgx.CollectRows(rows, groupRow)
		return err
	})
	return append(dst, page...), err
}

const selectMembers = `SELECT uid, role, since, muted FROM members WHERE conv = $1`

func memberOf(row pgx.CollectableRow) (m msgdef.GroupMember, err error) {
	var uid, since int64
	var role int16
	err = row.Scan(&uid, &role, &since, &m.Muted)
	m.UID, m.Role, m.Since = unsigned(uid), msgdef.GroupRole(role), unsigned(since)
	return m, err
}

// Member implements store.Groups.
func (s *Store) Member(conv msgdef.Conversation, uid uint64) (m msgdef.GroupMember, err error) {
	err = s.read(func(ctx context.Context, q *pgxpool.Pool) error {
		rows, _ := q.Query(ctx, selectMembers+` AND uid = $2`, uuid(conv), signed(uid))
		m, err = pgx.CollectExactlyOneRow(rows, memberOf)
		return err
	})
	return m, err
}

// Members implements store.Groups.
func (s *Store) Members(dst []msgdef.GroupMember, conv msgdef.Conversation, after uint64, limit int) ([]msgdef.GroupMember, error) {
	if limit <= 0 {
		return dst, nil
	}
	var page []msgdef.GroupMember
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, selectMembers+` AND uid > $2 ORDER BY uid LIMIT $3`, uuid(conv), signed(after), limit)
		page, err = pgx.CollectRows(rows, memberOf)
		return err
	})
	return append(dst, page...), err
}

// Talks implements store.Groups.
func (s *Store) Talks(dst []msgdef.Conversation, uid uint64, after msgdef.Conversation, limit int) ([]msgdef.Conversation, error) {
	if limit <= 0 {
		return dst, nil
	}
	var page [][16]byte
	err := s.read(func(ctx context.Context, q *pgxpool.Pool) (err error) {
		rows, _ := q.Query(ctx, `SELECT conv FROM talks WHERE uid = $1 AND conv > $2 ORDER BY conv LIMIT $3`, signed(uid), uuid(after), limit)
		page, err = pgx.CollectRows(rows, pgx.RowTo[[16]byte])
		return err
	})
	for _, id := range page {
		dst = append(dst, conversation(id))
	}
	return dst, err
}
