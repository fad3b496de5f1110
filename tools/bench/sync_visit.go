package bench

import (
	"context"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// visit is one time that an absent client comes back, and what it sees. The
// callbacks own everything until the client is closed.
type visit struct {
	due  time.Time
	last uint64 // number of the message it waits for
	conv msgdef.Conversation
	done chan struct{} // closed when that is there

	messages, first, caughtUp *shard

	numbers, cseqs, useqs sequence
	got                   uint64
	complete              bool      // the last one is there
	seen                  Integrity // what numbers do not tell
}

// begin says what the client has: everything up to a place in its inbox, which
// is one message.
func (v *visit) begin(useq, cseq uint64) {
	v.useqs.startAt(useq + 1)
	v.cseqs.startAt(cseq + 1)
	v.numbers.startAt(2)
}

// received takes a message.
func (v *visit) received(m *client.Message) {
	now := time.Now()
	number, _, err := parseBody(m.Body)
	if err != nil || m.Conv != v.conv || number > v.last {
		v.seen.Malformed++
		return
	}
	v.numbers.add(number)
	v.cseqs.add(m.CSeq)
	v.useqs.add(m.USeq)
	since := now.Sub(v.due)
	if v.got++; v.got == 1 {
		v.first.record(now, since)
	}
	v.messages.record(now, since)
	if number == v.last && !v.complete {
		v.complete = true
		v.caughtUp.record(now, since)
		close(v.done)
	}
}

// changed hears of the connection, which should stay.
func (v *visit) changed(s client.Status) {
	if s.Phase == client.Waiting {
		v.seen.Broken++
	}
}

// resynced hears that the server does not know the place of the client.
func (v *visit) resynced(client.Resync) { v.seen.Gaps++ }

// wait waits for the last message. Running out of time is no error: the counts
// show it.
func (v *visit) wait(ctx context.Context, patience time.Duration) error {
	select {
	case <-v.done:
	case <-time.After(patience):
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// integrity says what the visit shows; the client is closed. One that was
// refused at the door lost nothing.
func (v *visit) integrity() Integrity {
	sum := v.seen
	if sum.Refused == 0 {
		sum.Lost = v.numbers.absent(v.last)
	}
	sum.Duplicated = v.numbers.duplicated + v.cseqs.duplicated + v.useqs.duplicated
	sum.Disordered = v.numbers.disordered
	sum.Gaps += v.cseqs.holes() + v.useqs.holes()
	return sum
}
