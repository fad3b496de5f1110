package contracttest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// send offers items and ends the test when they are not taken.
func (s serviceTest) send(t testing.TB, to rpc.SendSink, items ...rpc.Send) *rpc.Sends {
	t.Helper()
	batch := &rpc.Sends{Items: items}
	if err := s.Send(within(t), batch, to); err != nil {
		t.Fatalf("send of %d: %v", len(items), err)
	}
	return batch
}

// from returns the message of alice with a counter.
func (s serviceTest) from(conn, counter uint64) rpc.Send {
	return rpc.Send{
		Conn: conn, UID: s.alice, Device: testDevice, Counter: counter,
		Conv: s.pair(), Kind: msgdef.ContentText, Body: fmt.Append(nil, "message ", counter),
	}
}

// seal sends one more message and waits for its outcome: all others of the
// connection must have come before it. It returns everything that came.
func (s serviceTest) seal(t testing.TB, to *sink, conn, counter uint64) []rpc.SendResult {
	t.Helper()
	s.send(t, to, s.from(conn, counter))
	for n := 1; ; n++ {
		got := to.await(t, n)
		n = len(got)
		for _, r := range got {
			if r.Conn == conn && r.Counter == counter {
				return got
			}
		}
	}
}

// sendOutcomes sends batches of every size over several connections, some items
// of which must fail by themselves, and finds one outcome for each, in order.
func sendOutcomes(t *testing.T, s serviceTest) {
	to := newSink()
	const conns = 4
	counter := uint64(0)
	var want []uint64
	for _, n := range []int{0, 1, 3, maxSends, 2} {
		s.send(t, to, repeat(n, func(i int) rpc.Send {
			counter++
			want = append(want, counter)
			item := s.from(counter%conns, counter)
			if counter%5 == 0 {
				item.Conv = s.foreign()
			}
			return item
		})...)
		to.await(t, len(want))
	}
	got := s.seal(t, to, 0, counter+1)
	if len(got) != len(want)+1 {
		t.Errorf("%d outcomes for %d messages", len(got), len(want)+1)
	}
	last := make(map[uint64]uint64)
	for _, r := range got {
		if r.Conn != r.Counter%conns && r.Counter <= counter {
			t.Fatalf("message %d was sent on connection %d, its outcome names %d", r.Counter, r.Counter%conns, r.Conn)
		}
		if r.Counter <= last[r.Conn] {
			t.Fatalf("connection %d: %d after %d", r.Conn, r.Counter, last[r.Conn])
		}
		last[r.Conn] = r.Counter
		if err := checkOutcome(r, r.Counter%5 == 0 && r.Counter <= counter); err != nil {
			t.Fatal(err)
		}
	}
}

// checkOutcome checks one outcome by itself.
func checkOutcome(r rpc.SendResult, forbidden bool) error {
	if forbidden {
		if r.Code != msgdef.CodeForbidden {
			return fmt.Errorf("message %d to others' conversation: %v", r.Counter, r.Code)
		}
		return nil
	}
	if r.Code != msgdef.CodeOK || r.CSeq == 0 || r.USeq == 0 || r.At == 0 {
		return fmt.Errorf("message %d: %+v", r.Counter, r)
	}
	return nil
}

// sendSinks sends to two sinks in turn. Each hears of its own messages only,
// and a message that is repeated has the outcome it had.
func sendSinks(t *testing.T, s serviceTest) {
	first, second := newSink(), newSink()
	for i := uint64(1); i <= 100; i += 2 {
		s.send(t, first, s.from(1, i))
		s.send(t, second, s.from(2, i+1))
	}
	before := first.await(t, 50)
	for i, r := range before {
		if r.Conn != 1 || r.Counter != uint64(2*i+1) || r.Code != msgdef.CodeOK {
			t.Fatalf("outcome %d of the first sink: %+v", i, r)
		}
	}
	for i, r := range second.await(t, 50) {
		if r.Conn != 2 || r.Counter != uint64(2*i+2) || r.Code != msgdef.CodeOK {
			t.Fatalf("outcome %d of the second sink: %+v", i, r)
		}
	}
	third := newSink()
	s.send(t, third, s.from(9, 1))
	want := before[0]
	want.Conn = 9
	if got := third.await(t, 1)[0]; got != want {
		t.Errorf("repeated: %+v, was %+v", got, want)
	}
	if a, b := len(first.all()), len(second.all()); a != 50 || b != 50 {
		t.Errorf("%d and %d outcomes in the end, want 50 and 50", a, b)
	}
}

// sendRefused offers batches that are not taken: no item is stored and the sink
// is not called.
func sendRefused(t *testing.T, s serviceTest) {
	to := newSink()
	item := func(i int) rpc.Send { return s.from(1, uint64(i+1)) }
	err := s.Send(within(t), &rpc.Sends{Items: repeat(maxSends+1, item)}, to)
	refused(t, "too many messages", err, msgdef.CodeBadArgument)
	err = s.Send(cancelled(), &rpc.Sends{Items: repeat(1, item)}, to)
	refused(t, "a context that has ended", err, msgdef.CodeTimeout)

	got := s.seal(t, to, 1, 1)
	if len(got) != 1 || got[0].CSeq != 1 {
		t.Errorf("after refused batches: %+v", got)
	}
}

// sendKeepsNothing overwrites each batch when its call has returned, and finds
// the messages stored as they were.
func sendKeepsNothing(t *testing.T, s serviceTest) {
	to := newSink()
	const n = 200
	for i := uint64(1); i <= n; i++ {
		loopback.Poison(s.send(t, to, s.from(1, i)))
	}
	for i, r := range to.await(t, n) {
		if r.Counter != uint64(i+1) || r.Code != msgdef.CodeOK || r.Conn != 1 {
			t.Fatalf("outcome %d: %+v", i, r)
		}
	}
	after := uint64(0)
	for after < n {
		page := s.pull(t, s.bob, after)
		if len(page.Entries) == 0 {
			t.Fatalf("the inbox ends at %d of %d", after, n)
		}
		for _, e := range page.Entries {
			after++
			m := decode(t, e.Message)
			if want := fmt.Append(nil, "message ", after); m.From != s.alice || !bytes.Equal(m.Body, want) {
				t.Fatalf("message %d: %q from %d, want %q", after, m.Body, m.From, want)
			}
		}
	}
}
