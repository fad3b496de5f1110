package dev

import (
	"fmt"
	"sync"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// ledger is what a server has promised or shown, by its own words. It notes a
// fault as soon as two of them contradict each other.
type ledger struct {
	mu     sync.Mutex
	places map[place]string // what stands at a place of a conversation
	inbox  map[entry]place  // what stands at a place of an inbox
	acked  map[string]place // where an acknowledged text stands
	faults []string
}

// place is a message's name.
type place struct {
	conv msgdef.Conversation
	cseq uint64
}

// entry is a place in an inbox.
type entry struct{ uid, useq uint64 }

func newLedger() *ledger {
	return &ledger{places: map[place]string{}, inbox: map[entry]place{}, acked: map[string]place{}}
}

func (l *ledger) fault(format string, args ...any) {
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// stands notes that text stands at p.
func (l *ledger) stands(p place, text string) {
	if old, ok := l.places[p]; ok && old != text {
		l.fault("cseq %d of %x was %q and is %q", p.cseq, p.conv, old, text)
	}
	l.places[p] = text
}

// holds notes that p stands at e.
func (l *ledger) holds(e entry, p place) {
	if old, ok := l.inbox[e]; ok && old != p {
		l.fault("useq %d of user %d was %v and is %v", e.useq, e.uid, old, p)
	}
	l.inbox[e] = p
}

// ack notes an acknowledgement; the text must be a new one.
func (l *ledger) ack(uid uint64, s client.Sent, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := place{s.Conv, s.CSeq}
	if old, ok := l.acked[text]; ok && old != p {
		l.fault("%q was acknowledged at %v and at %v", text, old, p)
	}
	l.acked[text] = p
	l.stands(p, text)
	l.holds(entry{uid, s.USeq}, p)
}

// deliver notes a message in an inbox.
func (l *ledger) deliver(uid uint64, m *client.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := place{m.Conv, m.CSeq}
	l.stands(p, string(m.Body))
	l.holds(entry{uid, m.USeq}, p)
}

// acks returns how many messages were acknowledged.
func (l *ledger) acks() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// checkHistory compares a whole conversation, oldest first, with the ledger.
func (l *ledger) checkHistory(t *testing.T, conv msgdef.Conversation, messages []*client.Message) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := map[string]uint64{}
	for i, m := range messages {
		if m.CSeq != uint64(i+1) {
			t.Fatalf("conversation %x: cseq %d at place %d", conv, m.CSeq, i+1)
		}
		text := string(m.Body)
		if other, ok := seen[text]; ok {
			t.Errorf("conversation %x: %q is stored as %d and %d", conv, text, other, m.CSeq)
		}
		seen[text] = m.CSeq
		l.stands(place{conv, m.CSeq}, text)
	}
	for text, p := range l.acked {
		if p.conv == conv && seen[text] != p.cseq {
			t.Errorf("conversation %x: acknowledged %q at %d, found at %d", conv, text, p.cseq, seen[text])
		}
	}
	for p, text := range l.places {
		if p.conv == conv && p.cseq > uint64(len(messages)) {
			t.Errorf("conversation %x: %q was shown at %d and is gone", conv, text, p.cseq)
		}
	}
}

// checkInbox compares a whole inbox, from its beginning, with the ledger.
func (l *ledger) checkInbox(t *testing.T, uid uint64, messages []*client.Message) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, m := range messages {
		if m.USeq != uint64(i+1) {
			t.Fatalf("user %d: useq %d at place %d", uid, m.USeq, i+1)
		}
		l.holds(entry{uid, m.USeq}, place{m.Conv, m.CSeq})
	}
	for e, p := range l.inbox {
		if e.uid == uid && e.useq > uint64(len(messages)) {
			t.Errorf("user %d: %v was shown at %d and is gone", uid, p, e.useq)
		}
	}
}

// checkFaults reports every contradiction.
func (l *ledger) checkFaults(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, fault := range l.faults {
		t.Error(fault)
	}
}

// TestLedger proves that the ledger notices what the crash test is about.
func TestLedger(t *testing.T) {
	conv := msgdef.Pair(1, 2)
	sent := func(cseq, useq uint64) client.Sent { return client.Sent{Conv: conv, CSeq: cseq, USeq: useq} }
	message := func(cseq, useq uint64, text string) *client.Message {
		return &client.Message{USeq: useq, Message: msgdef.Message{Conv: conv, CSeq: cseq, Body: []byte(text)}}
	}
	tests := map[string]func(*ledger){
		"a cseq used twice":        func(l *ledger) { l.ack(1, sent(1, 1), "a"); l.ack(1, sent(1, 2), "b") },
		"a useq used twice":        func(l *ledger) { l.ack(1, sent(1, 1), "a"); l.ack(1, sent(2, 1), "b") },
		"acknowledged twice":       func(l *ledger) { l.ack(1, sent(1, 1), "a"); l.ack(1, sent(2, 2), "a") },
		"served, then another":     func(l *ledger) { l.deliver(2, message(1, 1, "a")); l.deliver(2, message(1, 1, "b")) },
		"delivered at two places":  func(l *ledger) { l.deliver(2, message(1, 1, "a")); l.deliver(2, message(2, 1, "b")) },
		"told one, served another": func(l *ledger) { l.ack(1, sent(1, 1), "a"); l.deliver(2, message(1, 7, "b")) },
	}
	for name, happen := range tests {
		l := newLedger()
		happen(l)
		if len(l.faults) == 0 {
			t.Errorf("%s went unnoticed", name)
		}
	}
}
