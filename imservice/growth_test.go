package imservice

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// growth is a club that becomes big while people join, write and read.
type growth struct {
	t       *testing.T
	servers []*Server // of one store
	epoch   uint64
	users   []uint64
	small   int

	mu    sync.Mutex
	acked map[clientMessage]rpc.SendResult
}

func newGrowth(t *testing.T, epoch uint64, users []uint64, small int, servers ...*Server) *growth {
	return &growth{t: t, servers: servers, epoch: epoch, users: users, small: small, acked: map[clientMessage]rpc.SendResult{}}
}

// some returns one of the services by chance.
func (g *growth) some() *Server { return g.servers[rand.IntN(len(g.servers))] }

// send sends until there is an answer that is final, and some once more.
func (g *growth) send(it rpc.Send) (r rpc.SendResult) {
	it.Conv = club
	for n := 0; n < 1 || rand.IntN(4) == 0; n++ {
		before := r
		for r.Code = msgdef.CodeBusy; r.Code >= msgdef.CodeBusy; {
			out := newSink()
			if err := g.some().Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, out); err != nil {
				time.Sleep(time.Millisecond)
				continue
			}
			r = out.wait(1)[0]
		}
		if n > 0 && r != before {
			g.t.Errorf("%d sends %d: %+v, then %+v", it.UID, it.Counter, before, r)
		}
	}
	if r.Code == msgdef.CodeOK {
		g.mu.Lock()
		g.acked[nameOf(&it)] = r
		g.mu.Unlock()
	}
	return r
}

// follower is a device of a member: it has a cursor for the inbox, and one for the
// club from where it hears that this is big.
type follower struct {
	*growth
	uid        uint64
	useq, cseq uint64
	big        bool
	seen       []msgdef.Message
}

// pull reads what is new, and tells whether there was anything.
func (f *follower) pull() bool {
	before := len(f.seen)
	pages, err := f.some().GetMsg(context.Background(), &rpc.Pulls{Items: []rpc.Pull{{UID: f.uid, After: f.useq, StoreEpoch: f.epoch}}})
	if err != nil {
		return true // the database is away
	}
	if pages.Items[0].Status != msgdef.SyncOK {
		f.t.Errorf("inbox of %d after %d: %+v", f.uid, f.useq, pages.Items[0])
		return false
	}
	for _, e := range pages.Items[0].Entries {
		if f.useq++; e.USeq != f.useq {
			f.t.Errorf("inbox of %d: %d in the place of %d", f.uid, e.USeq, f.useq)
		}
		if f.big {
			f.t.Errorf("%d is told of nothing of theirs: %+v", f.uid, decode(f.t, e.Message))
			continue
		}
		m := decode(f.t, e.Message)
		var s msgdef.MessageState
		if len(m.State) > 0 && s.Decode(m.State) == nil {
			f.big, f.cseq = s.Big, m.CSeq
		}
		f.seen = append(f.seen, m)
	}
	if f.big && !f.page() {
		return true
	}
	return len(f.seen) > before
}

// page reads on in the club, unless the database is away.
func (f *follower) page() bool {
	pages, err := f.some().GetConv(context.Background(), &rpc.ConvPulls{Items: []rpc.ConvPull{{UID: f.uid, Conv: club, After: f.cseq}}})
	if err != nil {
		return false
	}
	if code := pages.Items[0].Code; code != msgdef.CodeOK {
		f.t.Errorf("%d reads after %d: %v", f.uid, f.cseq, code)
	}
	for _, encoded := range pages.Items[0].Messages {
		m := decode(f.t, encoded)
		f.cseq = m.CSeq
		f.seen = append(f.seen, m)
	}
	return true
}

// follow reads until over is closed, and to the end then.
func (f *follower) follow(over <-chan struct{}) {
	for {
		select {
		case <-over:
			for f.pull() {
			}
			return
		default:
			if !f.pull() {
				time.Sleep(time.Millisecond)
			}
		}
	}
}

// total is how many messages were acknowledged.
func (g *growth) total() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return uint64(len(g.acked))
}

// run has the first users found the club, all others join it one by one, and
// everybody write so many messages from their joining on.
func (g *growth) run(messages uint64) []*follower {
	founding := &msgdef.GroupChange{Act: msgdef.GroupFound, UIDs: g.users[1:3], Info: msgdef.GroupInfo{Name: "Club", Entry: msgdef.EntryOpen}}
	if r := g.send(event(g.users[0], 1, club, msgdef.ContentGroup, founding)); r.Code != msgdef.CodeOK {
		g.t.Fatalf("founding: %+v", r)
	}
	var followers []*follower
	var writers, readers sync.WaitGroup
	over := make(chan struct{})
	for i, uid := range g.users {
		f := &follower{growth: g, uid: uid}
		followers = append(followers, f)
		readers.Go(func() { f.follow(over) })
		writers.Go(func() {
			if i > 2 {
				eventually(func() bool { return g.total() > messages*uint64(i-2)/4 })
				g.want(event(uid, 1, club, msgdef.ContentGroup, &msgdef.GroupChange{Act: msgdef.GroupJoin}))
			}
			for counter := uint64(2); counter < messages+2; counter++ {
				g.want(text(uid, uid, counter, fmt.Sprint(uid, counter)))
			}
		})
	}
	writers.Wait()
	close(over)
	readers.Wait()
	return followers
}

func (g *growth) want(it rpc.Send) {
	if r := g.send(it); r.Code != msgdef.CodeOK {
		g.t.Errorf("%d sends %d: %+v", it.UID, it.Counter, r)
	}
}

// verify checks that everybody has seen all there was from their joining on, each
// message once and in order, as it was acknowledged; in the inbox up to where the
// club became big, and from there on in the conversation. It returns where.
func (g *growth) verify(followers []*follower) (big uint64) {
	members := 0
	for _, m := range followers[0].seen {
		if len(m.State) > 0 && big == 0 {
			big = m.CSeq
		}
		var c msgdef.GroupChange
		if m.Kind == msgdef.ContentGroup && c.Decode(m.Body) == nil {
			members += 1 + len(c.UIDs)
		}
		if (members > g.small) != (big > 0) {
			g.t.Fatalf("%d members at %d, big since %d", members, m.CSeq, big)
		}
	}
	if len(followers[0].seen) != len(g.acked) {
		g.t.Errorf("the founder has seen %d of %d messages", len(followers[0].seen), len(g.acked))
	}
	for _, f := range followers {
		since := g.joined(f.uid)
		for i, m := range f.seen {
			r := g.acked[clientMessage{device{m.From, m.Device}, m.Counter}]
			if m.CSeq != since+uint64(i) || r.CSeq != m.CSeq || r.At != m.At {
				g.t.Fatalf("%d, there since %d, has seen %+v as number %d, acknowledged as %+v", f.uid, since, m, i, r)
			}
			if inbox := m.CSeq <= big || m.Kind == msgdef.ContentGroup; m.From == f.uid && (r.USeq > 0) != inbox {
				g.t.Errorf("%d has %d in their inbox at %d, big since %d", f.uid, m.CSeq, r.USeq, big)
			}
		}
		if last := since + uint64(len(f.seen)) - 1; last != uint64(len(g.acked)) {
			g.t.Errorf("%d has seen all up to %d of %d", f.uid, last, len(g.acked))
		}
		if want := max(big, since) - since + 1; f.useq != want {
			g.t.Errorf("%d, there since %d, has %d rows in the inbox, want %d", f.uid, since, f.useq, want)
		}
	}
	return big
}

// joined returns since when somebody is a member.
func (g *growth) joined(uid uint64) uint64 {
	if r, ok := g.acked[clientMessage{device{uid, 1}, 1}]; ok {
		return r.CSeq
	}
	return 1
}

// TestGrowthUnderLoad has a club become big among writers and readers.
func TestGrowthUnderLoad(t *testing.T) {
	const small = 12
	w := newWorld(t, 40, func(o *Options) { o.Limits.GroupInboxes = small })
	g := newGrowth(t, w.store.Epoch(), w.users, small, w.server)
	big := g.verify(g.run(60))
	t.Logf("big from %d on, of %d messages", big, len(g.acked))
	w.close() // all are told
	next := big + 1
	for _, told := range w.notices.allTopics() {
		if told.CSeq != next || decode(t, told.message).CSeq != next {
			t.Fatalf("watchers were told %d, want %d", told.CSeq, next)
		}
		next++
	}
	if next != uint64(len(g.acked))+1 {
		t.Errorf("watchers were told up to %d of %d", next-1, len(g.acked))
	}
}

// TestGrowthOfTwoServices has everybody use both of two services on one database.
func TestGrowthOfTwoServices(t *testing.T) {
	for name, isolation := range map[string]string{"read committed": "", "snapshot": "&default_transaction_isolation=repeatable%20read"} {
		t.Run(name, func(t *testing.T) {
			const small = 8
			s := newServices(t, postgrestest.Database(t)+isolation, 20, func(o *Options) { o.Limits.GroupInboxes = small })
			g := newGrowth(t, s.stores[0].Epoch(), s.users, small, s.servers...)
			g.verify(g.run(15))
		})
	}
}

// TestGrowthUnderKills ends connections to the database again and again meanwhile.
func TestGrowthUnderKills(t *testing.T) {
	const small = 8
	server := postgrestest.Start(t, "fsync=off")
	s := newServices(t, server.Database(t), 20, func(o *Options) { o.Limits.GroupInboxes = small })
	g := newGrowth(t, s.stores[0].Epoch(), s.users, small, s.servers...)
	grown := make(chan []*follower)
	go func() { grown <- g.run(15) }()
	for n := uint64(1); n < 15; n++ {
		eventually(func() bool { return g.total() > n*15 })
		s.must(server.Terminate())
	}
	g.verify(<-grown)
}

// TestLongPowerCutsAtGrowth cuts the power about when the club becomes big, each time
// leaving a random part of what was not synced. What is there then is a club with
// all that was acknowledged, in the right inboxes; and everything sent again, it
// becomes what it would have become.
func TestLongPowerCutsAtGrowth(t *testing.T) {
	long(t)
	const small, messages = 6, 12 // no more in all than are looked through for one's own
	random := rand.New(rand.NewPCG(*crashSeed, 2))
	t.Logf("-crash.seed=%d", *crashSeed)
	grown := 0
	for range 2 * *crashRounds {
		fs := vfs.NewCrashableMem()
		first := openAt(t, fs, 16, small)
		for i := range 16 {
			_, err := first.store.CreateAccount(fmt.Sprint("u", i+1), "", first.clock.now())
			first.must(err)
		}
		g := newGrowth(t, first.store.Epoch(), first.users, small, first.server)
		done := make(chan struct{})
		go func() { g.run(messages); close(done) }()
		goal := 5 + random.Uint64N(60) // the 7th member comes after 12, or somewhat later
		eventually(func() bool { return g.total() >= goal })
		acked := g.copy()
		cut := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
		<-done
		first.close()

		second := openAt(t, cut, 16, small)
		m := second.replay(small)
		if m.big > 0 {
			grown++
		}
		again := newGrowth(t, second.store.Epoch(), second.users, small, second.server)
		again.verify(again.run(messages))
		for name, r := range acked {
			if again.acked[name] != r {
				t.Errorf("%v was acknowledged as %+v, and after the power cut as %+v", name, r, again.acked[name])
			}
		}
		second.close()
	}
	t.Logf("big after %d of %d power cuts", grown, 2**crashRounds)
}

// openAt opens a world of so many users on a disk.
func openAt(t *testing.T, fs vfs.FS, users uint64, small int) *world {
	w := &world{t: t, fs: fs, clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap, Limits: Limits{GroupInboxes: small}}
	w.open()
	t.Cleanup(w.close)
	for uid := range users {
		w.users = append(w.users, uid+1)
	}
	return w
}

// replay reads the log of the club, and compares everything with what it says.
func (w *world) replay(small int) *groupModel {
	m := newGroupModel(small)
	for after := uint64(0); ; after = uint64(len(m.log)) {
		page := w.conv(rpc.ConvPull{UID: 1, Conv: club, After: after, Limit: 512})
		if len(page.Messages) == 0 {
			break
		}
		for _, encoded := range page.Messages {
			msg := decode(w.t, encoded)
			m.take(&rpc.Send{UID: msg.From, Kind: msg.Kind, Body: msg.Body}, rpc.SendResult{CSeq: msg.CSeq})
		}
	}
	m.compare(w, uint64(len(w.users)))
	return m
}

// copy returns what was acknowledged so far.
func (g *growth) copy() map[clientMessage]rpc.SendResult {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.acked)
}

// TestManyTopics has more messages in a batch than one call may tell of.
func TestManyTopics(t *testing.T) {
	w := newCrowd(t, 6, 6, msgdef.GroupInfo{}, func(o *Options) { o.Limits.GroupInboxes = 3 })
	var items []rpc.Send
	for i := range uint64(3*maxTopics + 7) {
		it := text(1+i%6, 1, 100+i, fmt.Sprint(i))
		if it.Conv = club; i%50 == 3 {
			it.Conv = msgdef.Pair(it.UID, 1)
		}
		items = append(items, it)
	}
	var want []string
	for i, r := range w.send(items...) {
		if r.Code != msgdef.CodeOK || (r.USeq == 0) != (items[i].Conv == club) {
			t.Fatalf("item %d: %+v", i, r)
		}
		if items[i].Conv == club {
			want = append(want, fmt.Sprint(r.CSeq, items[i].UID, string(items[i].Body)))
		}
	}
	w.close()
	var got []string
	for _, told := range w.notices.allTopics() {
		m := decode(t, told.message)
		got = append(got, fmt.Sprint(told.CSeq, m.From, string(m.Body)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("watchers were told\n%v, want\n%v", got, want)
	}
}
