package gate_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// deliver queues n notifies for a connection, each in a batch of its own with
// time to be written in between, and returns the last useq.
func (w *world) deliver(conn, first uint64, n, size int) uint64 {
	w.t.Helper()
	m := msgdef.Message{Body: []byte(strings.Repeat("x", size))}
	encoded := m.Append(nil)
	for i := range uint64(n) {
		must(w.t, w.gate.Deliver(context.Background(), &rpc.Deliveries{
			Epoch: w.gate.Epoch(), Messages: [][]byte{encoded}, To: []rpc.Delivery{{Conn: conn, USeq: first + i}},
		}))
		synctest.Wait()
	}
	return first + uint64(n) - 1
}

// TestSlowReaderGetsAHead stops reading, until its notifies collapse, and goes
// on: what was written is whole and in order, and a Head stands for the rest.
func TestSlowReaderGetsAHead(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		witness, slow := w.login("witness", 1), w.login("slow", 2)
		conn := w.far.connOf(slow.welcome.UID)
		last := w.deliver(conn, 1, 600, 1000)
		witness.roundTrip(1)
		dropped := w.gate.Stats().Drops[gate.DropCollapsed]
		if dropped < 256 || dropped > 600 || w.gate.Stats().Blocked != 1 {
			t.Fatalf("%d dropped, %d blocked", dropped, w.gate.Stats().Blocked)
		}
		var seen uint64
		for {
			f, err := slow.next()
			must(t, err)
			if f.Type == msgdef.TypeHead {
				var head msgdef.Head
				must(t, head.Decode(f.Body))
				if head.USeq != last || seen+dropped != last {
					t.Errorf("head %d after %d, %d dropped; want %d", head.USeq, seen, dropped, last)
				}
				break
			}
			var n msgdef.Notify
			must(t, n.Decode(f.Body))
			if seen++; n.USeq != seen {
				t.Fatalf("notify %d, want %d", n.USeq, seen)
			}
		}
		w.deliver(conn, last+1, 3, 10) // and it flows again
		for i := range uint64(3) {
			var n msgdef.Notify
			if slow.expect(&n); n.USeq != last+1+i {
				t.Errorf("notify %d after the head", n.USeq)
			}
		}
		slow.roundTrip(1)
	})
}

// TestStuckReaderIsClosed never reads again.
func TestStuckReaderIsClosed(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		witness, stuck := w.login("witness", 1), w.login("stuck", 2)
		w.deliver(w.far.connOf(stuck.welcome.UID), 1, 600, 1000)
		start := time.Now()
		for w.closes(gate.ReasonStuck) == 0 && time.Since(start) < time.Minute {
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(start).Round(time.Second); took != 10*time.Second {
			t.Errorf("closed after %v: %v", took, w.gate.Stats().Closes)
		}
		witness.roundTrip(1)
		if w.far.live() != 1 {
			t.Errorf("%d sessions", w.far.live())
		}
	})
}

// TestBatchForAQuickReaderDoesNotCollapse brings more at once than may wait
// behind a blocked connection.
func TestBatchForAQuickReaderDoesNotCollapse(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("quick", 1)
		batch := &rpc.Deliveries{Epoch: w.gate.Epoch(), Messages: [][]byte{(&msgdef.Message{}).Append(nil)}}
		for i := range uint64(2000) {
			batch.To = append(batch.To, rpc.Delivery{Conn: w.far.connOf(c.welcome.UID), USeq: i + 1})
		}
		synctest.Wait() // nothing is being written that could split the batch
		must(t, w.gate.Deliver(t.Context(), batch))
		for i := range uint64(2000) {
			var n msgdef.Notify
			if c.expect(&n); n.USeq != i+1 {
				t.Fatalf("notify %d, want %d", n.USeq, i+1)
			}
		}
	})
}

// TestOutcomesSurviveACollapse sends from a connection whose notifies collapse.
func TestOutcomesSurviveACollapse(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("robot", 1)
		conn := w.far.connOf(c.welcome.UID)
		w.deliver(conn, 1001, 200, 1000) // blocks: 64 KiB are on their way
		var results rpc.SendResults
		for i := range uint64(1000) {
			results.Items = append(results.Items, rpc.SendResult{Conn: conn, Counter: i + 1})
		}
		results.Items[500].Code = msgdef.CodeUnknownConversation
		w.gate.Sent(&results)
		w.deliver(conn, 1201, 200, 1000)
		if w.gate.Stats().Drops[gate.DropCollapsed] == 0 {
			t.Fatal("nothing collapsed")
		}
		heads := 0
		for next := uint64(1); next <= 1000 || heads == 0; {
			f, err := c.next()
			must(t, err)
			var counter uint64
			switch f.Type {
			case msgdef.TypeSendAck:
				var ack msgdef.SendAck
				must(t, ack.Decode(f.Body))
				counter = ack.Counter
			case msgdef.TypeError:
				var m msgdef.Error
				must(t, m.Decode(f.Body))
				if counter = m.Req; counter != 501 {
					t.Errorf("error of %d", counter)
				}
			case msgdef.TypeHead:
				heads++
				continue
			default:
				continue
			}
			if counter != next {
				t.Fatalf("outcome of %d, want %d", counter, next)
			}
			next++
		}
	})
}

// TestRepliesAreNeverLost asks for much and reads nothing for a while: the gate
// stops serving, and then answers everything.
func TestRepliesAreNeverLost(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("robot", 1)
		uid := c.welcome.UID
		w.far.mu.Lock()
		for i := range uint64(200) {
			m := msgdef.Message{CSeq: i, Body: []byte(strings.Repeat("x", 1000))}
			w.far.inbox[uid] = append(w.far.inbox[uid], msgdef.Entry{USeq: i + 1, Message: m.Append(nil)})
		}
		w.far.mu.Unlock()
		const requests = 40
		for i := range uint64(requests) {
			c.send(&msgdef.GetMsg{Req: i + 1})
		}
		time.Sleep(8 * time.Second) // less than stuck
		pulls := 0
		w.far.intercept(func(method string) error {
			if method == "GetMsg" {
				pulls++
			}
			return nil
		})
		for i := range uint64(requests) {
			c.expectPages(i+1, 1, 200)
		}
		if pulls < requests/2 {
			t.Errorf("%d of %d requests were served after the client read", pulls, requests)
		}
		if d := w.gate.Stats().Drops; len(d) > 0 {
			t.Errorf("dropped %v", d)
		}
	})
}

// expectPages receives the frames that answer one GetMsg with entries from a
// useq on.
func (c *client) expectPages(req, first uint64, n int) {
	c.t.Helper()
	var got int
	for {
		var page msgdef.MsgPage
		c.expect(&page)
		if page.Req != req {
			c.t.Fatalf("page of %d, want %d", page.Req, req)
		}
		for _, e := range page.Entries {
			if e.USeq != first+uint64(got) {
				c.t.Fatalf("entry %d, want %d", e.USeq, first+uint64(got))
			}
			got++
		}
		if page.Last {
			break
		}
	}
	if got != n {
		c.t.Fatalf("%d entries, want %d", got, n)
	}
}

// TestKickedSlowReader is told why when it reads at last.
func TestKickedSlowReader(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		slow := w.login("slow", 2)
		conn := w.far.connOf(slow.welcome.UID)
		w.deliver(conn, 1, 600, 1000)
		must(t, w.gate.Kick(t.Context(), &rpc.Kicks{
			Epoch: w.gate.Epoch(), Items: []rpc.Kick{{Conn: conn, Code: msgdef.CodeBanned, Detail: "bye"}},
		}))
		var last msgdef.Type
		var kicked msgdef.Kicked
		for {
			f, err := slow.next()
			if err == io.EOF {
				break
			}
			must(t, err)
			if last = f.Type; last == msgdef.TypeKicked {
				must(t, kicked.Decode(f.Body))
			}
		}
		if last != msgdef.TypeKicked || kicked.Code != msgdef.CodeBanned || kicked.Detail != "bye" {
			t.Errorf("%v at the end, %+v", last, kicked)
		}
		synctest.Wait()
		w.wantCloses(gate.ReasonBanned, 1)
	})
}
