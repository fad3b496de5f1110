package dev

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// mostAllocs is how many allocations a message may cost on its way from one
// client to the other, the store and both of them included. Nothing on that way
// allocates for a message; what a commit costs is shared by the messages in it,
// about 0.1 for each here. So whatever is added for every message fails.
const mostAllocs = 1

// TestMessagesAllocateLittle sends in pairs, keeping some messages of every
// client on their way, and counts what the process allocates meanwhile.
func TestMessagesAllocateLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const clients, inFlight, messages = 16, 8, 20_000
	w := newWorld(t)
	c := newChatter(w, clients)
	c.send(messages/4, inFlight) // pools and caches fill
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.send(messages, inFlight)
	runtime.ReadMemStats(&after)
	perMessage := float64(after.Mallocs-before.Mallocs) / messages
	t.Logf("%.2f allocations and %.0f bytes per message", perMessage, float64(after.TotalAlloc-before.TotalAlloc)/messages)
	if perMessage >= mostAllocs {
		t.Errorf("%.2f allocations per message, want less than %d", perMessage, mostAllocs)
	}
}

// chatter is clients that write to each other two by two, and allocate nothing
// themselves.
type chatter struct {
	t       *testing.T
	senders []*talker
	arrived sync.WaitGroup // messages of a round
	answers sync.WaitGroup
}

// talker is one of the clients.
type talker struct {
	*client.Client
	all  *chatter
	conv msgdef.Conversation
	left int // sends of the round that were not begun; of the callback, once they run
	next func(client.Sent, error)
}

func newChatter(w *world, n int) *chatter {
	w.t.Helper()
	c := &chatter{t: w.t}
	for i := range n {
		o := w.options(fmt.Sprint("bench-", i)) // exempt from the send rate
		o.OnMessage = func(*client.Message) { c.arrived.Done() }
		s, err := client.New(o)
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() { _ = s.Close() })
		talker := &talker{Client: s, all: c}
		talker.next = talker.answered
		if err := s.Connect(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		c.senders = append(c.senders, talker)
	}
	for i, s := range c.senders {
		s.conv = msgdef.Pair(s.UID(), c.senders[i^1].UID())
	}
	return c
}

// send returns when so many messages, of all clients together, were acknowledged
// and have arrived.
func (c *chatter) send(messages, inFlight int) {
	each := messages / len(c.senders)
	c.arrived.Add(each * len(c.senders))
	c.answers.Add(each * len(c.senders))
	for _, s := range c.senders {
		s.left = each - inFlight
		for range inFlight {
			s.SendFunc(s.conv, msgdef.ContentText, chatterBody, s.next)
		}
	}
	c.answers.Wait()
	c.arrived.Wait()
}

var chatterBody = make([]byte, 200)

// answered keeps as many messages on their way as there were.
func (s *talker) answered(_ client.Sent, err error) {
	if err != nil {
		s.all.t.Errorf("a send: %v", err)
	}
	if s.left > 0 {
		s.left--
		s.SendFunc(s.conv, msgdef.ContentText, chatterBody, s.next)
	}
	s.all.answers.Done()
}
