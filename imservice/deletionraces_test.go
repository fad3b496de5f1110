package imservice

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestDeletionRaces has everybody go on writing to somebody, inviting and befriending
// them, and their own devices go on with all that they do, while they are deleted.
// Nothing of it stays, and nothing is taken after the answer.
func TestDeletionRaces(t *testing.T) {
	w := newLeaver(t)
	var racers sync.WaitGroup
	var over atomic.Bool
	var rounds atomic.Int64
	for by := range uint64(4) {
		racers.Go(func() { w.race(by+1, &over, &rounds) })
	}
	racers.Go(func() { w.raceDevices(&over, &rounds) })
	eventually(func() bool { return rounds.Load() > 50 })
	w.sanctioned(w.server.Remove(t.Context(), of("leaver")))
	late := w.send(text(6, leaver, 1, "after the answer"), befriends(6, leaver, 2, msgdef.FriendAsk), text(leaver, 6, 1<<40, "by them"))
	for i, r := range late {
		if r.Code != msgdef.CodeUserDeleted {
			t.Errorf("item %d: %+v", i, r)
		}
	}
	w.cleaned(leaver)
	over.Store(true)
	racers.Wait()
	w.wantErased(leaver)
	for uid := range uint64(6) {
		checkGapless(t, w.inbox(uid+1))
	}
}

// race does what others do to leaver.
func (w *world) race(by uint64, over *atomic.Bool, rounds *atomic.Int64) {
	invite := msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{leaver}}
	remove := msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{leaver}}
	ask := event(leaver, 0, clubs[4], msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupAsk})
	for n := uint64(1 << 20); !over.Load(); n += 16 {
		items := []rpc.Send{
			text(by, leaver, n, "hello"), text(leaver, by, n+by, "hello"), befriends(by, leaver, n+1, msgdef.FriendAsk),
			befriends(leaver, by, n+by+8, msgdef.FriendAccept), event(1, n+3+by, clubs[2], msgdef.ContentGroup, &remove),
			event(1, n+7+by, clubs[2], msgdef.ContentGroup, &invite), blocks(by, leaver, n+12, n/16%2 == 0), ask,
			w.delays(leaver, n+by+20, msgdef.Pair(leaver, by), time.Hour, "later"),
		}
		for i := range items {
			items[i].Device = 100 + by // counters of its own
			items[i].Counter = n + uint64(i)
		}
		s := newSink()
		rounds.Add(1)
		if err := w.server.Send(context.Background(), &rpc.Sends{Items: items}, s); err == nil {
			s.wait(len(items))
		}
	}
}

// raceDevices does what devices of leaver, and gates for them, do beside sending.
func (w *world) raceDevices(over *atomic.Bool, rounds *atomic.Int64) {
	ctx := context.Background()
	for n := uint64(10); !over.Load(); n++ {
		rounds.Add(1)
		_, _ = w.server.Login(ctx, byPassword("leaver", "password", n%3+1))
		_ = w.server.SaveCursors(ctx, &rpc.Cursors{Items: []rpc.Cursor{{UID: leaver, Device: n % 5, USeq: 1}}})
		_ = w.server.RegisterPush(ctx, &rpc.PushToken{UID: leaver, Device: n%3 + 1, Provider: 1, Token: fmt.Append(nil, n)})
		_ = w.server.KeepSignIns(ctx, &rpc.SignInBatch{Gate: "g", Life: 1, Items: []rpc.SignedIn{w.began(leaver, n, 1)}})
		_, _ = w.server.Read(ctx, &rpc.Reads{Items: []rpc.Read{{UID: leaver, Conv: msgdef.Pair(leaver, n%4+1), CSeq: n}}})
	}
}

// TestDeletionOf100Groups leaves each, owned or not, with an heir where there is one.
func TestDeletionOf100Groups(t *testing.T) {
	w := newWorld(t, 4)
	var items []rpc.Send
	for n := range uint64(100) {
		by, others := 1+n%2, []uint64{2 - n%2, 3}
		c := msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: fmt.Sprint(n)}, UIDs: others[:n%3]}
		items = append(items, event(by, n+1, msgdef.GroupConv(5000+n), msgdef.ContentGroup, &c))
	}
	for i, r := range w.send(items...) {
		if r.Code != msgdef.CodeOK {
			t.Fatalf("group %d: %+v", i, r)
		}
	}
	w.sanctioned(w.server.Remove(t.Context(), of("u1")))
	w.cleaned(1)
	for n := range uint64(100) {
		g, err := w.store.Group(msgdef.GroupConv(5000 + n))
		w.must(err)
		members, err := w.store.Members(nil, g.Conv, 0, 9)
		w.must(err)
		switch alone := n%2 == 0 && n%3 == 0; {
		case alone != g.Dissolved, !alone && int(g.Members) != len(members), g.Owner == 1 && !alone:
			t.Errorf("group %d: %+v with %+v", n, g, members)
		}
	}
	w.wantOutOfGroups(1)
}

func (w *world) wantOutOfGroups(uid uint64) {
	w.t.Helper()
	left, err := w.store.MemberOf(nil, uid, msgdef.Conversation{}, 999)
	if w.must(err); len(left) > 0 {
		w.t.Errorf("still in %x", left)
	}
}

// TestDeletionOfFriends has both of a pair be deleted at once: nobody has it any more.
func TestDeletionOfFriends(t *testing.T) {
	w := newWorld(t, 3)
	pair := msgdef.Pair(1, 2)
	w.does(befriends(1, 2, 1, msgdef.FriendAsk), 0)
	w.does(befriends(2, 1, 1, msgdef.FriendAccept), 0)
	w.does(text(1, 2, 2, "secret"), 0)
	w.does(event(1, 3, club, msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "two"}, UIDs: []uint64{2}}), 0)
	var both sync.WaitGroup
	for _, name := range []string{"u1", "u2"} {
		both.Go(func() { w.sanctioned(w.server.Remove(context.Background(), of(name))) })
	}
	both.Wait()
	w.cleaned(1)
	w.cleaned(2)
	head, err := w.store.ConversationHead(pair)
	if w.must(err); head != 0 {
		t.Errorf("the pair ends at %d", head)
	}
	g, err := w.store.Group(club)
	if w.must(err); !g.Dissolved {
		t.Errorf("the group of the two: %+v", g)
	}
}

// TestDeletionsOfBefore cleans up behind an account that was removed by a version that
// did not.
func TestDeletionsOfBefore(t *testing.T) {
	w := newLeaver(t)
	w.must(w.store.PutVerdict(store.Verdict{
		UID: leaver, Standing: store.Standing{Generation: 1, Removed: true}, Families: true, Password: new(string),
		Deletion: &store.Deletion{UID: leaver},
	}))
	w.restart()
	w.cleaned(leaver)
	w.wantLeft()
	w.wantErased(leaver)
}

// TestLongDeletionByTwoServices has both of two services that share a database clean up at
// once, while their connections are killed again and again.
func TestLongDeletionByTwoServices(t *testing.T) {
	long(t)
	server := postgrestest.Start(t, "fsync=off")
	w := &world{t: t, fs: vfs.NewMem(), clock: newClock(), url: newDatabase(t, server.Database(t))}
	w.options = Options{Now: w.clock.now, Password: cheap, Media: signer(), OpenRegistration: true}
	w.open()
	t.Cleanup(w.close)
	w.createUsers(leaver - 1)
	w.fillLeaver()
	opened, err := postgres.Open(postgres.Options{URL: w.url})
	w.must(err)
	o := w.options
	o.Store = opened
	other := &world{t: t, clock: w.clock, store: opened}
	other.server, err = New(o)
	w.must(err)
	other.server.Start(&noticeBook{})
	w.sanctioned(w.server.Remove(t.Context(), of("leaver")))
	var both sync.WaitGroup
	for _, service := range []*world{w, other} {
		both.Go(func() { service.cleansOut() })
	}
	for range 8 {
		w.must(server.Terminate())
		time.Sleep(20 * time.Millisecond)
	}
	both.Wait()
	other.close()
	w.wantLeft()
	w.wantErased(leaver)
}

// cleansOut goes on with what is left of leaver until nothing is.
func (w *world) cleansOut() {
	eventually(func() bool {
		row, err := w.store.Deletion(leaver)
		if err == nil {
			err = w.server.deletions.clean(context.Background(), row)
		}
		return errors.Is(err, store.ErrNotFound)
	})
}

// TestDeletionAtOldRoutes ends sessions where routes do not know yet that accounts can be
// deleted.
func TestDeletionAtOldRoutes(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 1, func(o *Options) { o.Evictor = oldRoutes{r} })
	r.register(rpc.Session{UID: 1, Device: 1})
	w.sanctioned(w.server.Remove(t.Context(), of("u1")))
	r.called(1)
	if live, _, _ := r.sees(); live != 0 || r.ended[0].why.Code != msgdef.CodeRevoked {
		t.Errorf("%d live, ended are %+v", live, r.ended)
	}
}

// oldRoutes refuse what they do not know.
type oldRoutes struct{ *regions }

func (o oldRoutes) Evict(ctx context.Context, in *rpc.Evictions) error {
	for i := range in.Items {
		if in.Items[i].Code >= 300 {
			return rpc.Errorf(msgdef.CodeBadArgument, "code %d", in.Items[i].Code)
		}
	}
	return o.regions.Evict(ctx, in)
}
