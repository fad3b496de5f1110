package imservice

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// unreadModel is what is unread, by counting: every conversation as a list of who
// wrote what, every reader as a position. Messages that were changed, taken back, or
// that have ended, stay what they were.
type unreadModel struct {
	log   map[msgdef.Conversation][]logged
	since map[readKey]uint64 // from where on somebody may read; those of groups only
	read  map[readKey]uint64 // confirmed
}

// logged is a message as far as it matters for what is unread.
type logged struct {
	from  uint64
	event bool
}

// unread returns how far somebody has read, and what is unread: what is neither
// theirs, nor an event, nor at or before the newest that they confirmed or wrote.
func (m *unreadModel) unread(uid uint64, conv msgdef.Conversation) (read, unread uint64) {
	at := readKey{uid, conv}
	read = m.read[at]
	list := m.log[conv]
	for i, l := range list {
		if cseq := uint64(i) + 1; l.from == uid && cseq >= max(1, m.since[at]) {
			read = max(read, cseq)
		}
	}
	for i, l := range list {
		if cseq := uint64(i) + 1; cseq > read && cseq >= m.since[at] && !l.event {
			unread++
		}
	}
	return read, unread
}

// took notes an item that became a message.
func (m *unreadModel) took(it rpc.Send, r rpc.SendResult) {
	m.log[it.Conv] = append(m.log[it.Conv], logged{it.UID, it.Kind >= msgdef.FirstEvent})
	var c msgdef.GroupChange
	if it.Kind != msgdef.ContentGroup || c.Decode(it.Body) != nil {
		return
	}
	switch c.Act {
	case msgdef.GroupFound:
		m.since[readKey{it.UID, it.Conv}] = r.CSeq
		fallthrough
	case msgdef.GroupAdd:
		for _, uid := range c.UIDs {
			m.since[readKey{uid, it.Conv}] = r.CSeq
		}
	case msgdef.GroupJoin:
		m.since[readKey{it.UID, it.Conv}] = r.CSeq
	case msgdef.GroupLeave:
		delete(m.since, readKey{it.UID, it.Conv})
	case msgdef.GroupRemove:
		for _, uid := range c.UIDs {
			delete(m.since, readKey{uid, it.Conv})
		}
	}
}

// check compares all that users see of their conversations.
func (m *unreadModel) check(rt *rapid.T, w *world) {
	for _, uid := range w.users {
		talks, err := w.server.Talks(context.Background(), &rpc.TalksQuery{UID: uid})
		w.must(err)
		want := map[msgdef.Conversation]string{}
		for conv := range m.log {
			_, group := msgdef.GroupID(conv)
			if code := checkMember(conv, uid); !group && code != msgdef.CodeOK || group && m.since[readKey{uid, conv}] == 0 {
				continue
			}
			read, unread := m.unread(uid, conv)
			want[conv] = fmt.Sprintf("head %d read %d unread %d", len(m.log[conv]), read, unread)
		}
		got := map[msgdef.Conversation]string{}
		for _, talk := range talks.List {
			got[talk.Conv] = fmt.Sprintf("head %d read %d unread %d", talk.Head, talk.Read, talk.Unread)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("%d sees %v, want %v", uid, got, want)
		}
	}
}

// TestLongUnreadModel does what can be done to messages, readers and members, in any
// order, and compares what is unread after each.
func TestLongUnreadModel(t *testing.T) {
	long(t)
	testUnreadModel(t, math.MaxInt)
}

// testUnreadModel is TestLongUnreadModel of so many rounds at most.
func testUnreadModel(t *testing.T, most int) {
	rapid.Check(t, func(rt *rapid.T) {
		if most--; most < 0 {
			return
		}
		w := newWorld(t, 3, func(o *Options) { o.Limits.CachedReads, o.Limits.CachedConversations, o.Limits.CachedGroups = 1, 1, 1 })
		defer w.close()
		m := &unreadModel{map[msgdef.Conversation][]logged{}, map[readKey]uint64{}, map[readKey]uint64{}}
		counter := uint64(0)
		send := func(it rpc.Send) {
			counter++
			it.Conn, it.Device, it.Counter = it.UID, 1, counter
			if r := w.send(it)[0]; r.Code == msgdef.CodeOK {
				m.took(it, r)
				if again := w.send(it)[0]; again != r {
					rt.Fatalf("again: %+v, then %+v", r, again)
				}
			}
		}
		founding := &msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Club", Entry: msgdef.EntryOpen}, UIDs: []uint64{2}}
		send(event(1, 0, club, msgdef.ContentGroup, founding))
		draw := func(rt *rapid.T) (uid uint64, conv msgdef.Conversation, cseq uint64) {
			uid = rapid.Uint64Range(1, 3).Draw(rt, "uid")
			conv = rapid.SampledFrom([]msgdef.Conversation{club, msgdef.Pair(1, 2), msgdef.Pair(uid, uid)}).Draw(rt, "conversation")
			return uid, conv, rapid.Uint64Range(0, 12).Draw(rt, "cseq")
		}
		on := func(kind msgdef.ContentKind, body func(cseq uint64) interface{ Append([]byte) []byte }) func(*rapid.T) {
			return func(rt *rapid.T) {
				uid, conv, cseq := draw(rt)
				send(event(uid, 0, conv, kind, body(cseq)))
			}
		}
		type body = interface{ Append([]byte) []byte }
		rt.Repeat(map[string]func(*rapid.T){
			"": func(rt *rapid.T) { m.check(rt, w) },
			"send": func(rt *rapid.T) {
				uid, conv, life := draw(rt)
				it := text(uid, uid, 0, "x")
				if it.Conv = conv; life > 6 {
					it = lasting(it, uint32(life))
				}
				send(it)
			},
			"edit":   on(msgdef.ContentEdit, func(cseq uint64) body { return edited(cseq, "y") }),
			"recall": on(msgdef.ContentRecall, func(cseq uint64) body { return &msgdef.Recall{CSeq: cseq} }),
			"react":  on(msgdef.ContentReaction, func(cseq uint64) body { return &msgdef.Reaction{CSeq: cseq, Emoji: "x"} }),
			"pin":    on(msgdef.ContentPin, func(cseq uint64) body { return &msgdef.Pin{CSeq: cseq} }),
			"group": func(rt *rapid.T) {
				by := rapid.Uint64Range(1, 3).Draw(rt, "by")
				change := &msgdef.GroupChange{Act: rapid.SampledFrom([]msgdef.GroupAct{
					msgdef.GroupAdd, msgdef.GroupJoin, msgdef.GroupLeave, msgdef.GroupRemove,
				}).Draw(rt, "act")}
				if change.Act == msgdef.GroupAdd || change.Act == msgdef.GroupRemove {
					change.UIDs = []uint64{rapid.Uint64Range(1, 3).Draw(rt, "whom")}
				}
				send(event(by, 0, club, msgdef.ContentGroup, change))
			},
			"read": func(rt *rapid.T) {
				uid, conv, cseq := draw(rt)
				if w.read(uid, conv, cseq) == msgdef.CodeOK {
					at := readKey{uid, conv}
					m.read[at] = max(m.read[at], min(cseq, uint64(len(m.log[conv]))))
				}
			},
			"time": func(rt *rapid.T) {
				w.clock.add(5 * time.Second)
				w.sweepAll()
			},
			"restart": func(*rapid.T) { w.restart() },
		})
	})
}
