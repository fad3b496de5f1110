package bench

import (
	"context"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// member is one client of a run and what it counted. Two members write to each
// other.
type member struct {
	options client.Options
	client  *client.Client // replaced only while away
	conv    msgdef.Conversation
	size    int
	until   time.Time // closed loop: until then every answer is followed by the next message

	acks, deliveries *shard // of the meters that all members share

	mu      sync.Mutex
	tally   *tally
	scratch []byte
	spare   []*flight // not on their way
	away    bool
}

// enter makes the member's client and logs it in.
func (m *member) enter(ctx context.Context) error {
	c, err := client.New(m.options)
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.client = c
	m.mu.Unlock()
	return connect(ctx, c)
}

// flight is a message on its way. It comes back to its member, so that sending
// allocates nothing.
type flight struct {
	due  time.Time
	done func(client.Sent, error) // answered with this flight
}

// depart takes a spare flight or makes one. mu is held.
func (m *member) depart(due time.Time) *flight {
	if n := len(m.spare); n > 0 {
		f := m.spare[n-1]
		m.spare = m.spare[:n-1]
		f.due = due
		return f
	}
	f := &flight{due: due}
	f.done = func(sent client.Sent, err error) { m.answered(f, sent, err) }
	return f
}

// send hands the next message to the SDK. due is when it should have left. A
// member that is away sends nothing: sent is false.
func (m *member) send(due time.Time) (sent bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return false
	}
	m.tally.sent++
	m.scratch = appendBody(m.scratch[:0], m.tally.sent, due, m.size)
	// The SDK copies the body before it returns. The lock stays held over the
	// call, so that numbers leave in their order.
	m.client.SendFunc(m.conv, msgdef.ContentCustom, m.scratch, m.depart(due).done)
	return true
}

// answered counts an acknowledgement or a refusal.
func (m *member) answered(f *flight, sent client.Sent, err error) {
	now := time.Now()
	m.mu.Lock()
	due := f.due
	m.spare = append(m.spare, f)
	if err != nil {
		m.tally.refused++
	} else {
		m.tally.acked++
		m.tally.saw(sent.CSeq, sent.USeq)
	}
	m.mu.Unlock()
	if err != nil {
		return
	}
	m.acks.record(now, now.Sub(due))
	if now.Before(m.until) {
		m.send(now)
	}
}

// received counts a message of the partner.
func (m *member) received(msg *client.Message) {
	now := time.Now()
	number, due, err := parseBody(msg.Body)
	m.mu.Lock()
	m.tally.saw(msg.CSeq, msg.USeq)
	if err != nil || msg.Conv != m.conv {
		m.tally.malformed++
		m.mu.Unlock()
		return
	}
	m.tally.partner.add(number)
	m.mu.Unlock()
	m.deliveries.record(now, now.Sub(due))
}

// settled reports whether every message of m was answered, and how many were
// acknowledged and how far the partner's numbers came.
func (m *member) settled() (done bool, acked, partner uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tally
	return t.acked+t.refused == t.sent, t.acked, t.partner.next - 1 - t.partner.holes()
}
