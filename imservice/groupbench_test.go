package imservice

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
)

// BenchmarkGroups has 64 members send messages of 200 bytes, 16 at a time each, to
// pairs and to groups. One operation is a message. In turns with it a loop writes the
// same rows in the same batches to another store, two commits outstanding:
//
//	msg/s, rows/msg, msg/commit   of the service
//	of-rows                       how fast it is against that loop (1 is as fast)
//
// Each side pays for what its own rows cost: before a turn both engines have merged
// what they wanted to, and what the turn before left is collected. Otherwise the one
// merged for seconds while the other was looked at, and the ratio said who was
// unlucky. What is noted for the loop has no pointers and its memory from before, as
// the service writes while it is noted.
//
// Fewer than ten thousand messages say little: -benchtime 400000x.
func BenchmarkGroups(b *testing.B) {
	stores := map[string]func(b *testing.B) store.Store{
		"pebble": func(b *testing.B) store.Store { return openPebble(b, vfs.Default, b.TempDir()) },
		"postgres": func(b *testing.B) store.Store {
			s, err := postgres.Open(postgres.Options{URL: newDatabase(b, postgrestest.Start(b).Database(b))})
			if err != nil {
				b.Fatal(err)
			}
			return s
		},
	}
	for _, members := range []int{2, 10, 50, 200, 2000, 100_000} {
		for name, open := range stores {
			b.Run(fmt.Sprintf("%s/members=%d", name, members), func(b *testing.B) { benchmarkGroups(b, open, members) })
		}
	}
}

// groupBench is a store with conversations of so many members each.
type groupBench struct {
	b       *testing.B
	engine  store.Store // of the store, which may note what it is given
	store   store.Store
	members int
	useqs   map[uint64]uint64 // of the loop
}

func openGroupBench(b *testing.B, s store.Store, members int) *groupBench {
	g := &groupBench{b: b, engine: s, store: s, members: members, useqs: map[uint64]uint64{}}
	for i := range max(benchSenders, min(members, mostInboxes)) + members {
		if i >= 2*mostInboxes {
			break // of a big group only senders are looked for
		}
		if _, err := s.CreateAccount(fmt.Sprint(i), "", time.UnixMilli(1)); err != nil {
			b.Fatal(err)
		}
	}
	if members > 2 {
		for first := 0; first < benchSenders; first += members {
			g.found(first)
		}
	}
	return g
}

// conv is where a sender writes, and first the uid of its first member.
func (g *groupBench) conv(sender uint64) (conv msgdef.Conversation, first uint64) {
	first = (sender-1)/uint64(g.members)*uint64(g.members) + 1
	if g.members == 2 {
		return msgdef.Pair(first, first+1), first
	}
	return msgdef.GroupConv(first), first
}

// found writes a group and its members.
func (g *groupBench) found(first int) {
	conv := msgdef.GroupConv(uint64(first) + 1)
	row := store.GroupRow{Group: msgdef.Group{Conv: conv, Founded: 1, Owner: uint64(first) + 1, Members: uint32(g.members), Info: msgdef.GroupInfo{Name: "Bench"}}}
	if g.members > mostInboxes {
		row.Big = 1
	}
	c := &store.Commit{Groups: []store.GroupRow{row}}
	for i := range g.members {
		m := msgdef.GroupMember{UID: uint64(first+i) + 1, Role: msgdef.RoleMember, Since: 1}
		c.Members = append(c.Members, store.MemberRow{Conv: conv, GroupMember: m})
		if len(c.Members) == 10_000 || i == g.members-1 {
			g.apply(c)
			c.Reset()
		}
	}
}

func (g *groupBench) apply(c *store.Commit) {
	pending, err := g.store.Apply(c)
	if err == nil {
		err = pending.Wait()
	}
	if err != nil {
		g.b.Fatal(err)
	}
}

// shape is a message of a commit, without its bytes.
type shape struct {
	conv                       msgdef.Conversation
	cseq, count                uint64
	at                         int64
	uid, device, counter, useq uint64
}

// shapes are the messages of commits, in their order.
type shapes struct {
	messages      []shape
	commits       []int // how many messages each has
	rows, written int   // rows and commits in all
}

// add notes a commit: each message of the benchmark is a send of its own.
func (s *shapes) add(c *store.Commit) {
	for i := range c.Messages {
		m, n := &c.Messages[i], &c.Sent[i]
		s.messages = append(s.messages, shape{m.Conv, m.CSeq, m.Count, m.At, n.UID, n.Device, n.Counter, n.USeq})
	}
	s.commits = append(s.commits, len(c.Messages))
	s.rows += rowsOf(c)
	s.written++
}

// forget forgets all but how many there were.
func (s *shapes) forget() { s.messages, s.commits = s.messages[:0], s.commits[:0] }

// shaped is a store that notes the shapes of commits.
type shaped struct {
	store.Store
	shapes
}

func (s *shaped) Apply(c *store.Commit) (store.Pending, error) {
	s.add(c)
	return s.Store.Apply(c)
}

// sharedShaped is shaped, of a shared store.
type sharedShaped struct {
	store.Shared
	shapes
}

func (s *sharedShaped) Apply(c *store.Commit) (store.Pending, error) {
	s.add(c)
	return s.Shared.Apply(c)
}

func benchmarkGroups(b *testing.B, open func(b *testing.B) store.Store, members int) {
	b.StopTimer()
	ours := openGroupBench(b, open(b), members)
	defer ours.store.Close()
	noted := &shapes{}
	if shared, ok := ours.store.(store.Shared); ok {
		s := &sharedShaped{Shared: shared}
		ours.store, noted = s, &s.shapes
	} else {
		s := &shaped{Store: ours.store}
		ours.store, noted = s, &s.shapes
	}
	raw := openGroupBench(b, open(b), members)
	defer raw.store.Close()
	server, err := New(Options{Store: ours.store, Password: cheap, Limits: Limits{WaitingMessages: 1 << 20}})
	if err != nil {
		b.Fatal(err)
	}
	server.Start(nil)
	defer server.Close(context.Background())
	turns := min(1+b.N/10_000, 8)
	share := max(b.N/benchSenders/turns, 1)
	noted.messages = make([]shape, 0, benchSenders*(share+16))
	var took, alone time.Duration
	var sent [benchSenders]uint64 // counters
	for range turns {
		ours.rest(raw)
		b.StartTimer()
		took += stopwatch(func() { ours.send(server, &sent, share) })
		b.StopTimer()
		ours.rest(raw)
		alone += stopwatch(func() { raw.replay(noted) })
		noted.forget()
	}
	messages := float64(server.Stats().Messages)
	b.ReportMetric(messages/took.Seconds(), "msg/s")
	b.ReportMetric(float64(noted.rows)/messages, "rows/msg")
	b.ReportMetric(messages/float64(noted.written), "msg/commit")
	b.ReportMetric(alone.Seconds()/took.Seconds(), "of-rows")
}

// rest has nothing run in the background that is of before.
func (g *groupBench) rest(others ...*groupBench) {
	for _, g := range append(others, g) {
		if s, ok := g.engine.(interface{ Settle(context.Context) error }); ok {
			if err := s.Settle(g.b.Context()); err != nil {
				g.b.Fatal(err)
			}
		}
	}
	runtime.GC()
}

func stopwatch(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

// send has all senders send their share through a service.
func (g *groupBench) send(server *Server, sent *[benchSenders]uint64, share int) {
	var senders sync.WaitGroup
	for n := range benchSenders {
		conv, _ := g.conv(uint64(n + 1))
		senders.Go(func() { benchSender(g.b, server, uint64(n+1), conv, &sent[n], 16, share) })
	}
	senders.Wait()
}

// replay writes the rows of commits as they were, but for what is in them.
func (g *groupBench) replay(noted *shapes) {
	var c store.Commit
	var before store.Pending
	body := (&msgdef.Message{Body: make([]byte, 200)}).Append(nil)
	messages := noted.messages
	for _, n := range noted.commits {
		g.rows(&c, messages[:n], body)
		messages = messages[n:]
		pending, err := g.store.Apply(&c)
		if err == nil && before != nil {
			err = before.Wait()
		}
		if err != nil {
			g.b.Fatal(err)
		}
		before = pending
	}
	if before == nil {
		return
	}
	if err := before.Wait(); err != nil {
		g.b.Fatal(err)
	}
}

// rows makes the rows of messages, as the service does.
func (g *groupBench) rows(c *store.Commit, messages []shape, body []byte) {
	c.Reset()
	for i := range messages {
		m := &messages[i]
		c.Sent = append(c.Sent, store.SentRow{UID: m.uid, Device: m.device, Counter: m.counter, Conv: m.conv, CSeq: m.cseq, USeq: m.useq})
		c.Messages = append(c.Messages, store.MessageRow{Conv: m.conv, CSeq: m.cseq, At: m.at, Count: m.count, Bytes: body})
		first, _ := msgdef.GroupID(m.conv)
		if a, _, ok := msgdef.PairMembers(m.conv); ok {
			first = a
		}
		for i := range uint64(g.members) {
			if g.members > mostInboxes {
				break
			}
			uid := first + i
			g.useqs[uid]++
			c.Inbox = append(c.Inbox, store.InboxRow{UID: uid, USeq: g.useqs[uid], Conv: m.conv, CSeq: m.cseq})
		}
		if m.cseq == 1 && g.members == 2 {
			c.Talks = append(c.Talks, store.TalkRow{UID: first, Conv: m.conv}, store.TalkRow{UID: first + 1, Conv: m.conv})
		}
	}
}
