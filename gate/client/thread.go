package client

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
)

// mostHeld is how many messages a Thread holds, events among them.
const mostHeld = 4096

// Thread holds messages of a conversation as they are now: what edits, recalls,
// reactions, pins, lifetimes and the user's own deleting have made of them, in whatever
// order pages and messages come, and however often.
//
//	t := client.NewThread(conv)
//	t.AddPage(page)        // of History, at any time
//	t.Add(m)               // each of OnMessage
//	t.AddSent(uid, d, ok)  // what this device has sent, which comes to it no more
//	t.Expire(e)            // each of OnExpired
//
// All of these return the cseqs of what is to be drawn anew. A Thread may be used by
// several goroutines. It holds the newest 4096 messages that it was given.
//
// How many have reacted is known for sure as of a page: an event does not tell what its
// sender had put to the message before. Stale lists the messages of which it is a guess,
// and those with a newer edit than has come; Refresh asks for them.
type Thread struct {
	conv msgdef.Conversation

	mu      sync.Mutex
	held    map[uint64]*heldMessage
	about   map[uint64][]*Message // events, by the message that they are about; ascending
	hidden  map[uint64]bool       // that the user deleted for themself
	cleared uint64                // and all up to this one
	expired map[uint64]bool
}

// heldMessage is a message as it came, and as it is.
type heldMessage struct {
	came  *Message
	asOf  uint64 // State of what came tells of all events up to this one
	now   *Message
	stale bool
}

// NewThread returns an empty Thread of a conversation.
func NewThread(conv msgdef.Conversation) *Thread {
	return &Thread{
		conv: conv, held: make(map[uint64]*heldMessage), about: make(map[uint64][]*Message),
		hidden: make(map[uint64]bool), expired: make(map[uint64]bool),
	}
}

// Conv returns the conversation.
func (t *Thread) Conv() msgdef.Conversation { return t.conv }

// AddPage takes the messages of a page, which may have been asked for before what has
// come meanwhile.
func (t *Thread) AddPage(page History) (changed []uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	drawn := make(map[uint64]bool)
	for _, m := range page.Messages {
		t.add(m.Clone(), max(page.Head, m.CSeq), drawn)
	}
	return t.settle(drawn)
}

// Add takes a message as it comes: of the conversation, or of the user's own stream,
// where what they delete is told. Others change nothing. The message is lent.
func (t *Thread) Add(m *Message) (changed []uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	drawn := make(map[uint64]bool)
	t.add(m.Clone(), m.CSeq, drawn)
	return t.settle(drawn)
}

// AddSent takes what this device of the user has sent, a setting as well.
func (t *Thread) AddSent(uid uint64, d *Draft, sent Sent) (changed []uint64) {
	p, err := d.parcel()
	if err != nil {
		return nil // it was not sent
	}
	return t.Add(&Message{USeq: sent.USeq, Message: msgdef.Message{
		Conv: sent.Conv, CSeq: sent.CSeq, From: uid, Counter: sent.Counter, At: sent.At, Kind: p.kind, Body: p.body,
		Extra: sent.beside(p.extra),
	}})
}

// Expire takes away what a message says whose lifetime is over.
func (t *Thread) Expire(e Expired) (changed []uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Conv != t.conv {
		return nil
	}
	t.expired[e.CSeq] = true
	return t.settle(t.touch(e.CSeq, make(map[uint64]bool)))
}

// Messages returns all that is held, events included, ascending by CSeq. They are not
// to be changed, and do not change any more.
func (t *Thread) Messages() (list []*Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, cseq := range slices.Sorted(maps.Keys(t.held)) {
		list = append(list, t.held[cseq].now)
	}
	return list
}

// Message returns one of them, nil where there is none.
func (t *Thread) Message(cseq uint64) *Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.held[cseq]; h != nil {
		return h.now
	}
	return nil
}

// Stale returns the messages that Refresh would ask for, ascending.
func (t *Thread) Stale() (list []uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for cseq, h := range t.held {
		if h.stale {
			list = append(list, cseq)
		}
	}
	slices.Sort(list)
	return list
}

// Refresh asks for the messages of Stale, one by one, and returns what is to be drawn
// anew. Errors are those of History.
func (c *Client) Refresh(ctx context.Context, t *Thread) (changed []uint64, err error) {
	for _, cseq := range t.Stale() {
		page, err := c.History(ctx, t.conv, cseq+1, 1)
		if err != nil {
			return changed, err
		}
		changed = append(changed, t.AddPage(page)...)
	}
	slices.Sort(changed)
	return slices.Compact(changed), nil
}

// add takes a message, which the thread owns from then on, and notes what is to be
// looked at again.
func (t *Thread) add(m *Message, asOf uint64, drawn map[uint64]bool) {
	says, err := m.Event()
	if set, ok := says.(*msgdef.Setting); ok && set.Conv == t.conv {
		t.set(set, drawn)
	}
	if m.Conv != t.conv || m.CSeq <= t.cleared {
		return
	}
	if h := t.held[m.CSeq]; h == nil {
		t.held[m.CSeq] = &heldMessage{came: m, asOf: asOf}
	} else if asOf >= h.asOf {
		h.came, h.asOf = m, asOf
	}
	t.touch(m.CSeq, drawn)
	if of := subject(says); of != 0 && err == nil {
		t.note(of, m)
		t.touch(of, drawn)
	}
}

// set does what the user has set.
func (t *Thread) set(s *msgdef.Setting, drawn map[uint64]bool) {
	switch s.Act {
	case msgdef.SettingDelete:
		for _, cseq := range s.CSeqs {
			t.hidden[cseq] = true
			t.touch(cseq, drawn)
		}
	case msgdef.SettingClear:
		t.cleared = max(t.cleared, s.CSeq)
		for cseq := range t.held {
			if cseq <= t.cleared {
				drawn[cseq] = true
			} else if t.held[cseq].came.Kind == msgdef.ContentEdit {
				drawn[cseq] = true // what it is about may be cleared
			}
		}
		for _, marks := range []map[uint64]bool{t.hidden, t.expired} {
			maps.DeleteFunc(marks, func(cseq uint64, _ bool) bool { return cseq <= t.cleared })
		}
	}
}

// note keeps an event for the message that it is about. One that has come again
// without what it says goes on saying it until what has superseded it is there.
func (t *Thread) note(of uint64, e *Message) {
	list := t.about[of]
	i, found := slices.BinarySearchFunc(list, e.CSeq, func(m *Message, cseq uint64) int { return compareCSeq(m.CSeq, cseq) })
	switch {
	case !found:
		t.about[of] = slices.Insert(list, i, e)
	case len(e.State) > 0:
		known := list[i].Clone()
		known.State = e.State
		list[i] = known
	case len(list[i].State) > 0:
		known := e.Clone()
		known.State = list[i].State
		list[i] = known
	}
	if made := e.Made(); made.Hidden {
		t.hidden[of] = true
	} else if made.Expired {
		t.expired[of] = true
	}
}

// touch notes that a message and the events about it are to be looked at again.
func (t *Thread) touch(cseq uint64, drawn map[uint64]bool) map[uint64]bool {
	drawn[cseq] = true
	for _, e := range t.about[cseq] {
		drawn[e.CSeq] = true
	}
	return drawn
}

// settle makes what was noted what it is now, and returns what has changed.
func (t *Thread) settle(drawn map[uint64]bool) (changed []uint64) {
	for cseq := range drawn {
		h := t.held[cseq]
		if h == nil {
			continue
		}
		if cseq <= t.cleared {
			delete(t.held, cseq)
			delete(t.about, cseq)
			changed = append(changed, cseq)
			continue
		}
		before := h.now
		if t.remake(h); before == nil || !sameMessage(before, h.now) {
			changed = append(changed, cseq)
		}
	}
	t.shrink()
	slices.Sort(changed)
	return changed
}

// shrink forgets the oldest messages of too many, and the events about them.
func (t *Thread) shrink() {
	if len(t.held) <= mostHeld {
		return
	}
	all := slices.Sorted(maps.Keys(t.held))
	oldest := all[len(all)-mostHeld]
	for _, cseq := range all[:len(all)-mostHeld] {
		delete(t.held, cseq)
	}
	maps.DeleteFunc(t.about, func(of uint64, _ []*Message) bool { return of < oldest })
	for _, marks := range []map[uint64]bool{t.hidden, t.expired} {
		maps.DeleteFunc(marks, func(cseq uint64, _ bool) bool { return cseq < oldest })
	}
}

func sameMessage(a, b *Message) bool {
	return bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Message.Extra, b.Message.Extra) && bytes.Equal(a.State, b.State)
}
