package imservice

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// bare lists members of the club as somebody, page by page.
func (w *world) bare(uid uint64, limit uint16) (uids []uint64, err error) {
	w.t.Helper()
	query := &rpc.MembersQuery{UID: uid, Conv: club, Limit: limit, Bare: true}
	for {
		page, err := w.server.Members(w.t.Context(), query)
		if err != nil {
			return uids, err
		}
		if len(page.List) > 0 || limit > 0 && len(page.UIDs) > int(limit) {
			w.t.Errorf("after %d: %+v", query.After, page)
		}
		if uids = append(uids, page.UIDs...); !page.More {
			return uids, nil
		}
		query.After = uids[len(uids)-1]
	}
}

// TestBareMembers lists members, and nobody who asks to be one or was banned, also to
// an admin, and nothing to who is none.
func TestBareMembers(t *testing.T) { sizes(t, testBareMembers) }

func testBareMembers(t *testing.T, size func(*Options)) {
	w := newCrowd(t, 9, 6, msgdef.GroupInfo{Entry: msgdef.EntryAsk}, size)
	w.acts(7, 1, msgdef.GroupChange{Act: msgdef.GroupAsk})
	w.acts(1, 2, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{3, 4}})
	w.acts(6, 1, msgdef.GroupChange{Act: msgdef.GroupLeave})
	for _, limit := range []uint16{0, 1, 2, 3, 500, 65535} {
		for _, uid := range []uint64{1, 2} {
			if got, err := w.bare(uid, limit); err != nil || !slices.Equal(got, []uint64{1, 2, 5}) {
				t.Errorf("limit %d, as %d: %d, %v", limit, uid, got, err)
			}
		}
	}
	for _, uid := range []uint64{3, 6, 7, 8, 99, 0} {
		if got, err := w.bare(uid, 0); rpc.CodeOf(err) != msgdef.CodeForbidden || len(got) > 0 {
			t.Errorf("as %d: %d, %v", uid, got, err)
		}
	}
	w.acts(1, 3, msgdef.GroupChange{Act: msgdef.GroupDissolve})
	if got, err := w.bare(1, 0); rpc.CodeOf(err) != msgdef.CodeUnknownConversation || len(got) > 0 {
		t.Errorf("of none: %d, %v", got, err)
	}
}

// BenchmarkBareMembers lists a group of 100,000, as a count of who is online there does.
func BenchmarkBareMembers(b *testing.B) {
	for name, open := range map[string]func() store.Store{
		"pebble": func() store.Store { return openPebble(b, vfs.Default, b.TempDir()) },
		"postgres": func() store.Store {
			s, err := postgres.Open(postgres.Options{URL: newDatabase(b, postgrestest.Start(b).Database(b))})
			if err != nil {
				b.Fatal(err)
			}
			return s
		},
	} {
		b.Run(name, func(b *testing.B) { benchmarkBareMembers(b, open()) })
	}
}

func benchmarkBareMembers(b *testing.B, s store.Store) {
	const most = 100_000
	group := store.GroupRow{Group: msgdef.Group{Conv: club, Founded: 1, Members: most}}
	commit := &store.Commit{Groups: []store.GroupRow{group}, Talks: []store.TalkRow{{UID: 1, Conv: club}}}
	for uid := range uint64(most) {
		commit.Members = append(commit.Members, store.MemberRow{Conv: club, GroupMember: msgdef.GroupMember{UID: uid + 1, Role: msgdef.RoleMember}})
	}
	pending, err := s.Apply(commit)
	if err == nil {
		err = pending.Wait()
	}
	if err != nil {
		b.Fatal(err)
	}
	w := &world{t: b, store: s, options: Options{Store: s, Now: time.Now, Password: cheap, Media: signer()}}
	w.serve()
	b.Cleanup(w.close)
	for b.Loop() {
		if got, err := w.bare(1, 0); err != nil || len(got) != most {
			b.Fatal(fmt.Sprint(len(got)), err)
		}
	}
}
