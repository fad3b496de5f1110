package imservice

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// groupModel is what a group should be, made of nothing but its log: who is in it
// is what the changes say that were taken, and who has a message is who was in it;
// when it is big, who came or went.
type groupModel struct {
	small   int // members up to which it is not big
	big     uint64
	gone    uint64
	log     []msgdef.Message
	since   map[uint64]uint64 // of members
	inboxes map[uint64][]uint64
	marks   map[uint64]uint64
	topics  []string
}

func newGroupModel(small int) *groupModel {
	return &groupModel{small: small, since: map[uint64]uint64{}, inboxes: map[uint64][]uint64{}, marks: map[uint64]uint64{}}
}

// take adds a message that was acknowledged.
func (m *groupModel) take(it *rpc.Send, r rpc.SendResult) {
	m.log = append(m.log, msgdef.Message{CSeq: r.CSeq, From: it.UID, Kind: it.Kind, Body: it.Body})
	before, was := maps.Clone(m.since), m.gone
	if it.Kind == msgdef.ContentGroup {
		var c msgdef.GroupChange
		if c.Decode(it.Body) == nil {
			m.change(it.UID, r.CSeq, &c)
		}
	}
	var left []uint64
	for uid := range uint64(100) {
		from, then := before[uid], m.since[uid]
		if max(from, then) > 0 && (m.big == 0 || from != then) {
			m.inboxes[uid] = append(m.inboxes[uid], r.CSeq)
		}
		if from > 0 && then == 0 {
			left, m.gone = append(left, uid), r.CSeq
		}
	}
	if m.big > 0 {
		m.topics = append(m.topics, fmt.Sprint(r.CSeq, it.UID, m.gone, was, left))
	} else if len(m.since) > m.small {
		m.big = r.CSeq
	}
	if _, member := m.since[it.UID]; member {
		m.marks[it.UID] = max(m.marks[it.UID], r.CSeq)
	}
}

func (m *groupModel) change(by, cseq uint64, c *msgdef.GroupChange) {
	switch c.Act {
	case msgdef.GroupFound:
		m.since[by] = cseq
		fallthrough
	case msgdef.GroupAdd:
		for _, uid := range c.UIDs {
			m.since[uid], m.marks[uid] = cseq, 0
		}
	case msgdef.GroupJoin:
		m.since[by] = cseq
	case msgdef.GroupLeave:
		delete(m.since, by)
	case msgdef.GroupRemove, msgdef.GroupBan:
		for _, uid := range c.UIDs {
			delete(m.since, uid)
		}
	}
}

// unread counts what a member has not read.
func (m *groupModel) unread(uid uint64) (n uint64) {
	for _, msg := range m.log {
		if msg.CSeq > m.marks[uid] && msg.CSeq >= m.since[uid] && msg.Kind < msgdef.FirstEvent {
			n++
		}
	}
	return n
}

// TestGroupModel does random things to a group and compares.
func TestGroupModel(t *testing.T) {
	for _, small := range []int{3, 5, mostInboxes} {
		t.Run(fmt.Sprint("big above ", small), func(t *testing.T) { testGroupModel(t, 600, small) })
	}
}

func testGroupModel(t *testing.T, steps, small int) {
	const users = 8
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t, users, func(o *Options) { o.Limits.GroupInboxes = small })
	m, topics := newGroupModel(small), []string{}
	counters := map[uint64]uint64{1: 1}
	founding := event(1, 1, club, msgdef.ContentGroup, &msgdef.GroupChange{
		Act: msgdef.GroupFound, UIDs: []uint64{2}, Info: msgdef.GroupInfo{Name: "Club", Entry: msgdef.EntryOpen},
	})
	m.take(&founding, w.send(founding)[0])
	seen := func() bool { return small >= 4 || m.big > 0 && m.gone >= m.big } // what chance is to bring about
	for step := 0; step < steps || step < 50*steps && !seen(); step++ {
		switch rng.IntN(12) {
		case 0:
			uid := 1 + rng.Uint64N(users)
			if w.read(uid, club, 1+rng.Uint64N(uint64(step)+1)) == msgdef.CodeOK {
				m.marks[uid] = max(m.marks[uid], w.markOf(uid))
			}
		case 1:
			if step%5 == 0 {
				topics = append(topics, w.topics()...)
				w.open()
			}
		default:
			items := randomSends(rng, users, counters)
			for i, r := range w.send(items...) {
				if r.Code == msgdef.CodeOK {
					m.take(&items[i], r)
				}
			}
		}
	}
	if topics = append(topics, w.topics()...); !slices.Equal(topics, m.topics) {
		t.Errorf("watchers were told\n%v, want\n%v", topics, m.topics)
	}
	if !seen() {
		t.Errorf("it did not become big, or nobody left then: %d, %d", m.big, m.gone)
	}
	w.open()
	m.compare(w, users)
}

// topics closes the service and returns what watchers were told.
func (w *world) topics() (all []string) {
	w.close()
	for _, t := range w.notices.allTopics() {
		if m := decode(w.t, t.message); t.Over || t.Conv != club || m.CSeq != t.CSeq || m.From != t.UID || m.Device != t.Except {
			w.t.Errorf("%+v comes with %+v", t.Topic, m)
		}
		slices.Sort(t.Left)
		all = append(all, fmt.Sprint(t.CSeq, t.UID, t.Gone, t.Was, t.Left))
	}
	return all
}

// markOf returns how far a member has read, as the service says.
func (w *world) markOf(uid uint64) uint64 {
	w.t.Helper()
	return w.conv(rpc.ConvPull{UID: uid, Conv: club, After: ^uint64(0)}).Reads[0].CSeq
}

// randomSends are messages and changes by chance, most of which are allowed.
func randomSends(rng *rand.Rand, users uint64, counters map[uint64]uint64) (items []rpc.Send) {
	for range 1 + rng.IntN(4) {
		by := 1 + rng.Uint64N(users)
		if rng.IntN(3) == 0 {
			by = 1 // who founds it, and may do most
		}
		counters[by]++
		if rng.IntN(2) == 0 {
			it := text(by, by, counters[by], fmt.Sprint(rng.Uint64()))
			it.Conv = club
			items = append(items, it)
			continue
		}
		acts := []msgdef.GroupAct{msgdef.GroupFound, msgdef.GroupAdd, msgdef.GroupAdd, msgdef.GroupJoin, msgdef.GroupLeave, msgdef.GroupRemove, msgdef.GroupBan, msgdef.GroupUnban}
		c := &msgdef.GroupChange{Act: acts[rng.IntN(len(acts))], Info: msgdef.GroupInfo{Name: "Club", Entry: msgdef.EntryOpen}}
		if c.Act != msgdef.GroupJoin && c.Act != msgdef.GroupLeave {
			c.UIDs = []uint64{1 + rng.Uint64N(users)}
		}
		items = append(items, event(by, counters[by], club, msgdef.ContentGroup, c))
	}
	return items
}

// compare reads everything as every user.
func (m *groupModel) compare(w *world, users uint64) {
	t := w.t
	t.Helper()
	if len(m.log) < 5 {
		t.Errorf("only %d messages were taken", len(m.log))
	}
	for i, msg := range m.log {
		if msg.CSeq != uint64(i)+1 {
			t.Fatalf("message %d has cseq %d", i+1, msg.CSeq)
		}
	}
	for uid := uint64(1); uid <= users; uid++ {
		var got []uint64
		for _, row := range w.inbox(uid) {
			got = append(got, decode(t, row.Message).CSeq)
		}
		if !slices.Equal(got, m.inboxes[uid]) {
			t.Errorf("inbox of %d has %v, want %v", uid, got, m.inboxes[uid])
		}
		since, member := m.since[uid]
		page := w.conv(rpc.ConvPull{UID: uid, Conv: club, Limit: 512})
		if (page.Code == msgdef.CodeOK) != member {
			t.Errorf("%d reads: %v, a member: %t", uid, page.Code, member)
		}
		talks, err := w.server.Talks(context.Background(), &rpc.TalksQuery{UID: uid})
		w.must(err)
		if (len(talks.List) > 0) != member {
			t.Errorf("%d has %d conversations, a member: %t", uid, len(talks.List), member)
		}
		if !member {
			continue
		}
		if talks.List[0].Unread != m.unread(uid) || talks.List[0].Since != since || talks.List[0].Big != (m.big > 0) {
			t.Errorf("%d: %+v, want %d unread since %d, big at %d", uid, talks.List[0], m.unread(uid), since, m.big)
		}
		groups, err := w.server.Groups(context.Background(), &rpc.GroupsQuery{UID: uid, Convs: [][16]byte{club}})
		w.must(err)
		if g := groups.List[0]; g.Big != m.big || int(g.Members) != len(m.since) || g.Since != since || g.Gone != m.gone {
			t.Errorf("%d has %+v, want %d members, big at %d, gone %d", uid, g, len(m.since), m.big, m.gone)
		}
		for _, encoded := range page.Messages {
			if msg := decode(t, encoded); msg.CSeq < since || string(msg.Body) != string(m.log[msg.CSeq-1].Body) {
				t.Errorf("%d, there since %d, reads %+v", uid, since, msg)
			}
		}
	}
}
