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

// audience is whose inboxes a commit may write into, as of a look at who they are
// before anything is locked. Of a group that is big by then nobody is looked for:
// it stays so, and its members are not kept from other commits.
type audience struct {
	users  []uint64   // those asked for, and who is a member of a small group or asks to be; ascending
	groups [][16]byte // all that were asked for
	small  [][16]byte // those that are not big
	big    map[[16]byte]bool
	unkept [][16]byte // conversations that were locked, see findKept
}

// Rows are found by their key for each group, and each of its people, by itself:
// OFFSET 0 keeps the database from reading all members of a big group and passing
// them by, which it may take for good as long as it knows of none.
const (
	selectAudience = `SELECT g.conv, m.uid FROM groups AS g
		CROSS JOIN LATERAL (SELECT uid FROM members WHERE conv = g.conv AND role >= $2 OFFSET 0) AS m
		WHERE g.conv = ANY($1::uuid[]) AND NOT g.big`
	selectBig         = `SELECT conv FROM groups WHERE conv = ANY($1::uuid[]) AND big`
	selectGroups      = `SELECT bytes FROM groups WHERE conv = ANY($1::uuid[])`
	selectPeople      = `SELECT conv, uid, role, since, muted FROM members WHERE conv = ANY($1::uuid[])`
	selectPeopleNamed = `SELECT m.conv, m.uid, m.role, m.since, m.muted FROM unnest($1::uuid[], $2::bigint[]) AS n (conv, uid)
		CROSS JOIN LATERAL (SELECT * FROM members WHERE conv = n.conv AND uid = n.uid OFFSET 0) AS m`
)

// errAudience says that a group has got members between the look at who they are
// and the lock on their inboxes.
var errAudience = fmt.Errorf("%w: a group has other members", store.ErrMoved)

// look finds out whom a commit is about.
func (a *audience) look(ctx context.Context, conn *pgxpool.Conn, g *store.Ground) error {
	a.users = g.Users
	for _, conv := range g.Conversations {
		if _, ok := msgdef.GroupID(conv); ok {
			a.groups = append(a.groups, uuid(conv))
		}
	}
	if len(a.groups) == 0 {
		return nil
	}
	var batch pgx.Batch
	batch.Queue(selectBig, a.groups).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, pgx.RowTo[[16]byte])
		a.big = make(map[[16]byte]bool, len(list))
		for _, conv := range list {
			a.big[conv] = true
		}
		return err
	})
	all := slices.Clone(g.Users)
	batch.Queue(selectAudience, a.groups, int16(msgdef.RoleAsking)).Query(func(rows pgx.Rows) error {
		var conv [16]byte
		var uid int64
		_, err := pgx.ForEachRow(rows, []any{&conv, &uid}, func() error {
			all = append(all, unsigned(uid))
			return nil
		})
		return err
	})
	err := conn.SendBatch(ctx, &batch).Close()
	slices.Sort(all)
	a.users = slices.Compact(all)
	a.small = slices.DeleteFunc(slices.Clone(a.groups), a.isBig)
	return err
}

// isBig tells whether a group was big at the look.
func (a *audience) isBig(conv [16]byte) bool { return a.big[conv] }

// covers tells whether all who are to be told by small groups are among users.
func (a *audience) covers(g *store.Ground) bool {
	for _, group := range g.Groups {
		for _, m := range group.People {
			if _, ok := slices.BinarySearch(a.users, m.UID); !ok && m.Role >= msgdef.RoleAsking && group.Group.Big == 0 {
				return false
			}
		}
	}
	return true
}

// queueGroups asks what groups are, now that nobody changes them. One that has
// become big since the look is still read like a small one.
func (a *audience) queueGroups(b *pgx.Batch, g *store.Ground) {
	if len(a.groups) == 0 {
		return
	}
	b.Queue(selectGroups, a.groups).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, groupRow)
		for _, group := range list {
			g.Groups[group.Conv] = store.GroupGround{Group: group}
		}
		return err
	})
	if len(a.small) > 0 {
		b.Queue(selectPeople, a.small).Query(peopleOf(g))
	}
	if len(a.big) > 0 {
		convs, uids := a.named(g)
		b.Queue(selectPeopleNamed, convs, uids).Query(peopleOf(g))
	}
}

// named returns who was asked for of big groups.
func (a *audience) named(g *store.Ground) (convs [][16]byte, uids []int64) {
	for _, name := range g.People {
		if conv := uuid(name.Conv); a.isBig(conv) {
			convs, uids = append(convs, conv), append(uids, signed(name.UID))
		}
	}
	return convs, uids
}

// peopleOf adds rows of who is something to the groups of g.
func peopleOf(g *store.Ground) func(rows pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var conv [16]byte
		var uid, since, muted int64
		var role int16
		_, err := pgx.ForEachRow(rows, []any{&conv, &uid, &role, &since, &muted}, func() error {
			group := g.Groups[conversation(conv)]
			group.People = append(group.People, msgdef.GroupMember{
				UID: unsigned(uid), Role: msgdef.GroupRole(role), Since: unsigned(since), Muted: muted,
			})
			g.Groups[conversation(conv)] = group
			return nil
		})
		return err
	}
}
