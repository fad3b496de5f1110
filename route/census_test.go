package route_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// countedGroup is a message service of one group with members 1 to most, which 1000000
// is not. 2 blocks 1, and 3 is invisible.
type countedGroup struct {
	rpc.Service
	most uint64

	mu    sync.Mutex
	pages int           // that went through the group
	slow  time.Duration // that each takes
	err   error
}

func (g *countedGroup) Members(ctx context.Context, q *rpc.MembersQuery) (*rpc.MembersReply, error) {
	g.mu.Lock()
	slow, err := time.Duration(0), error(nil)
	if q.Limit > 1 {
		g.pages++
		slow, err = g.slow, g.err
	}
	g.mu.Unlock()
	if !sleep(ctx, slow) || err != nil {
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "not now")
	}
	if q.UID > g.most || !q.Bare {
		return nil, rpc.Errorf(msgdef.CodeForbidden, "not a member")
	}
	last := min(q.After+uint64(q.Limit), g.most)
	reply := &rpc.MembersReply{More: last < g.most}
	for uid := q.After + 1; uid <= last; uid++ {
		reply.UIDs = append(reply.UIDs, uid)
	}
	return reply, nil
}

func (g *countedGroup) Whereabouts(_ context.Context, q *rpc.WhereaboutsQuery) (*rpc.WhereaboutsReply, error) {
	reply := &rpc.WhereaboutsReply{Items: make([]msgdef.PresenceState, len(q.Items)), Invisible: make([]bool, len(q.Items))}
	for i, it := range q.Items {
		reply.Invisible[i] = it.UID == 3 && it.Asker != 3
		if it.UID == 2 && it.Asker == 1 || it.Asker == 0 {
			reply.Items[i].Code = msgdef.CodeForbidden
		}
	}
	return reply, nil
}

// counts returns how often the group was gone through, in pages.
func (g *countedGroup) counts() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pages
}

// sleep waits, unless ctx ends before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// censusTest is a route, with members of a group online.
type censusTest struct {
	*testing.T
	*route.Server
	group *countedGroup
}

func newCensusTest(t *testing.T, members uint64, options route.Options, online ...uint64) *censusTest {
	c := &censusTest{T: t, group: &countedGroup{most: members}}
	options.Service = c.group
	c.Server = newRoute(t, options)
	t.Cleanup(c.Close)
	c.AttachGate("g", 1, new(movesGate))
	for part := range slices.Chunk(online, 10000) {
		batch := &rpc.SessionBatch{Gate: "g", Epoch: 1}
		for _, uid := range part {
			batch.Items = append(batch.Items, rpc.Session{UID: uid, Device: 1, Conn: uid})
		}
		if err := c.Register(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// ask asks as somebody.
func (c *censusTest) ask(ctx context.Context, asker uint64) (*rpc.PresenceReply, error) {
	return c.Presence(ctx, &rpc.PresenceRequest{Via: msgdef.GroupConv(5), Asker: asker})
}

// wants checks what somebody is told.
func (c *censusTest) wants(what string, asker uint64, online, members uint32) {
	c.Helper()
	reply, err := c.ask(c.Context(), asker)
	if err != nil {
		c.Errorf("%s: %v", what, err)
	} else if reply.Total != online || reply.Members != members || len(reply.Users) > 0 || reply.At == 0 {
		c.Errorf("%s: %+v, want %d of %d", what, reply, online, members)
	}
}

// TestCensus counts for each who asks those of whom they may know, and goes through the
// group when what it knows is old.
func TestCensus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCensusTest(t, 40_000, route.Options{}, 1, 2, 3, 4, 39_999, 40_000, 40_001)
		c.wants("who is blocked by one", 1, 4, 40_000)
		c.wants("another", 4, 5, 40_000)
		c.wants("who is invisible", 3, 6, 40_000)
		if n := c.group.counts(); n != 3 {
			t.Errorf("%d pages for three who ask", n)
		}
		if _, err := c.ask(t.Context(), 1_000_000); rpc.CodeOf(err) != msgdef.CodeForbidden {
			t.Errorf("a stranger: %v", err)
		}
		_, err := c.Presence(t.Context(), &rpc.PresenceRequest{Via: msgdef.GroupConv(5), Asker: 1, UIDs: []uint64{4}})
		if rpc.CodeOf(err) != msgdef.CodeBadArgument {
			t.Errorf("of one by a count: %v", err)
		}
		if err := c.Unregister(t.Context(), &rpc.SessionBatch{Gate: "g", Epoch: 1, Items: []rpc.Session{{UID: 4, Device: 1, Conn: 4}}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		c.wants("a moment later", 40_000, 5, 40_000)
		time.Sleep(time.Second)
		c.wants("later", 40_000, 4, 40_000)
		s := c.Stats()
		if s.Censuses != 2 || s.CensusAnswers != 5 || s.CensusRefused[msgdef.CodeForbidden] != 1 || s.CensusRefused[msgdef.CodeBadArgument] != 1 {
			t.Errorf("%d times, %d answers, refused %v", s.Censuses, s.CensusAnswers, s.CensusRefused)
		}
	})
}

// TestCensusOfMany counts all who show themselves where many are online, for whoever
// asks.
func TestCensusOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCensusTest(t, 5000, route.Options{}, upTo(4500)...)
		for _, asker := range []uint64{1, 3, 5000} {
			c.wants("of many", asker, 4499, 5000)
		}
		if n := c.group.counts(); n != 1 {
			t.Errorf("%d pages", n)
		}
	})
}

// TestCensusIsShared has many ask at once for what takes long: it is made once, holds
// the longer, and goes on when who asked has gone.
func TestCensusIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCensusTest(t, 16_384, route.Options{}, 7)
		c.group.slow = 2 * time.Second
		brief, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.ask(brief, 5); rpc.CodeOf(err) != msgdef.CodeTimeout {
			t.Errorf("who has no time: %v", err)
		}
		var all sync.WaitGroup
		for asker := range uint64(50) {
			all.Go(func() { c.wants("at once", asker+10, 1, 16_384) })
		}
		all.Wait()
		time.Sleep(39 * time.Second)
		c.wants("39 s later", 10, 1, 16_384)
		if n := c.group.counts(); n != 1 {
			t.Errorf("%d pages", n)
		}
		time.Sleep(time.Second)
		c.wants("40 s later", 10, 1, 16_384)
		if n := c.group.counts(); n != 2 {
			t.Errorf("%d pages", n)
		}
	})
}

// TestCensusFails tells who asked, keeps nothing of it, and is right when it can be.
func TestCensusFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unsure := &directory{err: rpc.Errorf(msgdef.CodeUnavailable, "no registry")}
		c := newCensusTest(t, 600, route.Options{Registry: unsure}, 7)
		for what, set := range map[string]func(){
			"the service":             func() { c.group.err = context.Canceled },
			"who is online elsewhere": func() { c.group.err = nil },
		} {
			set()
			if _, err := c.ask(t.Context(), 5); rpc.CodeOf(err) != msgdef.CodeUnavailable {
				t.Errorf("%s does not answer: %v", what, err)
			}
		}
		c.group.err, unsure.err = nil, nil
		c.wants("when all answer", 5, 1, 600)
		c.Close()
		time.Sleep(time.Minute)
		if _, err := c.ask(t.Context(), 5); rpc.CodeOf(err) != msgdef.CodeShuttingDown {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestCensusIsBounded keeps counts of no more than so many groups, and has no more
// than that wait.
func TestCensusIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCensusTest(t, 10, route.Options{}, 7)
		for id := range uint64(1000) {
			reply, err := c.Presence(t.Context(), &rpc.PresenceRequest{Via: msgdef.GroupConv(id + 1), Asker: 4})
			if err != nil || reply.Total != 1 {
				t.Fatalf("group %d: %+v, %v", id, reply, err)
			}
		}
		c.group.mu.Lock()
		c.group.slow = 10 * time.Minute
		c.group.mu.Unlock()
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for id := range uint64(256) {
			all.Go(func() { c.Presence(ctx, &rpc.PresenceRequest{Via: msgdef.GroupConv(id + 2000), Asker: 4}) })
		}
		synctest.Wait()
		if _, err := c.ask(t.Context(), 4); rpc.CodeOf(err) != msgdef.CodeBusy {
			t.Errorf("one too many: %v", err)
		}
		cancel()
		all.Wait()
		time.Sleep(2 * time.Minute)
		c.group.mu.Lock()
		c.group.slow = 0
		c.group.mu.Unlock()
		c.wants("afterwards", 4, 1, 10)
	})
}

// BenchmarkCensus goes through a group of 100,000 of whom every tenth is online here,
// without what the store and the registry cost.
func BenchmarkCensus(b *testing.B) {
	group := &countedGroup{most: 100_000}
	now := time.Now()
	s := newRoute(b, route.Options{Service: group, Now: func() time.Time { return now }})
	b.Cleanup(s.Close)
	s.AttachGate("g", 1, new(movesGate))
	batch := &rpc.SessionBatch{Gate: "g", Epoch: 1}
	for i := range uint64(10_000) {
		batch.Items = append(batch.Items, rpc.Session{UID: 10 * (i + 1), Device: 1, Conn: i + 1})
	}
	if err := s.Register(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		reply, err := s.Presence(b.Context(), &rpc.PresenceRequest{Via: msgdef.GroupConv(5), Asker: 1})
		if err != nil || reply.Total != 10_000 {
			b.Fatalf("%+v, %v", reply, err)
		}
		now = now.Add(time.Hour)
	}
}
