package client

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// outboxes runs a test with each State that keeps messages. The function makes a
// state of the same device again.
func outboxes(t *testing.T, test func(t *testing.T, g *gate, state func() State)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		plain(t, func(t *testing.T, g *gate) {
			m := new(MemoryState)
			test(t, g, func() State { return m })
		})
	})
	t.Run("file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state.json")
		plain(t, func(t *testing.T, g *gate) { test(t, g, func() State { return NewFileState(path) }) })
	})
}

// run returns a client with a state that is closed by the test.
func (g *gate) run(o Options, state State) *Client {
	g.t.Helper()
	o.State = state
	return g.client(o)
}

// connect logs a client in.
func (g *gate) connect(c *Client) *peer {
	g.t.Helper()
	failed := later(func() error { return c.Connect(context.Background()) })
	p := g.admit(msgdef.LoginOK{})
	if err := <-failed; err != nil {
		g.t.Fatal(err)
	}
	return p
}

func (h *Handle) outcome() (Sent, error) {
	synctest.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	select {
	case <-h.done:
		return h.Wait(context.Background())
	default:
		return h.Wait(ctx)
	}
}

// What was queued goes with the next client, under its old name, in order, and
// before what is new.
func TestQueueSurvives(t *testing.T) {
	outboxes(t, func(t *testing.T, g *gate, state func() State) {
		c := g.run(g.options(), state())
		lost := later(func() error { _, err := c.Send(context.Background(), testConv, 1, []byte("not kept")); return err })
		synctest.Wait()
		first := c.Queue(testConv, 1, []byte("first"))
		second := c.Queue(testConv, 2, []byte("second"))
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-lost; !errors.Is(err, ErrClosed) || errors.Is(err, ErrKept) {
			t.Errorf("a Send that was pending at Close: %v", err)
		}
		for _, h := range []*Handle{first, second} {
			if _, err := h.outcome(); !errors.Is(err, ErrClosed) || !errors.Is(err, ErrKept) || errors.Is(err, ErrOutcomeUnknown) {
				t.Errorf("pending at Close: %v", err)
			}
		}

		c = g.run(g.options(), state())
		again := c.Queued()
		if len(again) != 2 || again[0].Counter() != first.Counter() || again[1].Counter() != second.Counter() {
			t.Fatalf("taken over: %v", again)
		}
		if m := again[1].Message(); string(m.Body) != "second" || m.Kind != 2 || m.Conv != testConv || m.At != second.Message().At {
			t.Errorf("message is %+v", m)
		}
		third := c.Queue(testConv, 1, []byte("third"))
		p := g.connect(c)
		after := uint64(0)
		for _, h := range append(again, third) {
			m := expect[msgdef.Send](p)
			if m.Counter != h.Counter() || m.After != after || !bytes.Equal(m.Body, h.Message().Body) {
				t.Errorf("sent %+v", m)
			}
			after = m.Counter
		}
		p.send(ackOf(first.Counter()), ackOf(second.Counter()))
		if sent, err := again[0].outcome(); err != nil || sent.Counter != first.Counter() || sent.Conv != testConv {
			t.Errorf("%+v, %v", sent, err)
		}
		c.Close()

		c = g.run(g.options(), state())
		if left := c.Queued(); len(left) != 1 || left[0].Counter() != third.Counter() {
			t.Errorf("left over: %v", left)
		}
	})
}

// A message whose acknowledgement was lost with the process is no news when it
// comes from the inbox.
func TestQueueKnowsItsOwn(t *testing.T) {
	outboxes(t, func(t *testing.T, g *gate, state func() State) {
		c := g.run(g.options(), state())
		counter := c.Queue(testConv, 1, []byte("x")).Counter()
		c.Close()
		var r recorder
		c = g.run(r.record(g.options()), state())
		h := c.Queued()[0]
		p := g.connect(c)
		p.send(&msgdef.Notify{USeq: 1, Message: stored(1, testUID, c.Device(), counter)}, note(2))
		wantUSeqs(t, &r, 2)
		if sent, err := h.outcome(); err != nil || sent.CSeq != 1 {
			t.Errorf("%+v, %v", sent, err)
		}
		if len(c.Queued()) != 0 {
			t.Error("it is still queued")
		}
	})
}

// What a user takes back stays taken back, and what waits for too long fails;
// time without a process counts.
func TestQueueCancelAndExpiry(t *testing.T) {
	outboxes(t, func(t *testing.T, g *gate, state func() State) {
		o := g.options()
		o.SendExpiry = time.Hour
		c := g.run(o, state())
		old, cancelled, discarded := c.Queue(testConv, 1, nil), c.Queue(testConv, 1, nil), c.Queue(testConv, 1, nil)
		time.Sleep(30 * time.Minute)
		young := c.Queue(testConv, 1, nil)
		if !cancelled.Cancel() || cancelled.Cancel() {
			t.Error("not cancelled once")
		}
		if _, err := cancelled.outcome(); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		c.Close()
		time.Sleep(20 * time.Minute)
		c = g.run(o, state())
		list := c.Queued()
		if len(list) != 3 || list[0].Counter() != old.Counter() || list[1].Counter() != discarded.Counter() {
			t.Fatalf("taken over: %v", list)
		}
		if list[1].Cancel() {
			t.Error("cancelled what may have been sent")
		}
		if !list[1].Discard() || list[1].Discard() {
			t.Error("not discarded once")
		}
		if _, err := list[1].outcome(); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrOutcomeUnknown) {
			t.Error(err)
		}
		time.Sleep(11 * time.Minute)
		if _, err := list[0].outcome(); !errors.Is(err, ErrExpired) || errors.Is(err, ErrKept) {
			t.Errorf("after an hour: %v", err)
		}
		c.Close()
		time.Sleep(time.Hour)
		c = g.run(o, state())
		late := c.Queued()
		time.Sleep(time.Second)
		if len(late) != 1 || late[0].Counter() != young.Counter() {
			t.Fatalf("left: %v", late)
		}
		if _, err := late[0].outcome(); !errors.Is(err, ErrExpired) {
			t.Errorf("after a long absence: %v", err)
		}
	})
}

// A message with a time of its own is of no use after it, in whatever run, whatever
// goes for the others: those before and behind it go on.
func TestQueueUntil(t *testing.T) {
	outboxes(t, func(t *testing.T, g *gate, state func() State) {
		o := g.options()
		o.SendExpiry = time.Hour
		c := g.run(o, state())
		queue := func(body string, in time.Duration) *Handle {
			return c.QueueUntil(testConv, 1, []byte(body), time.Now().Add(in))
		}
		first := c.Queue(testConv, 1, []byte("an hour"))
		short, long, middle := queue("a minute", time.Minute), queue("a day", 24*time.Hour), queue("ten minutes", 10*time.Minute)
		for _, in := range []time.Duration{0, -time.Second, mostExpiry + time.Second} {
			want := ErrExpired
			if in > 0 {
				want = ErrArgument
			}
			if _, err := queue("never", in).outcome(); !errors.Is(err, want) {
				t.Errorf("of use for %v: %v", in, err)
			}
		}
		time.Sleep(time.Minute - time.Millisecond)
		if _, err := short.outcome(); !errors.Is(err, context.Canceled) { // pending
			t.Errorf("before its time: %v", err)
		}
		time.Sleep(time.Millisecond)
		if _, err := short.outcome(); !errors.Is(err, ErrExpired) || errors.Is(err, ErrOutcomeUnknown) {
			t.Errorf("at its time: %v", err)
		}
		until := middle.Message().Until
		c.Close()
		time.Sleep(10 * time.Minute)
		c = g.run(o, state())
		list := c.Queued()
		if len(list) != 3 || list[0].Counter() != first.Counter() || list[1].Counter() != long.Counter() || !list[2].Message().Until.Equal(until) {
			t.Fatalf("taken over: %d", len(list))
		}
		time.Sleep(time.Millisecond)
		if _, err := list[2].outcome(); !errors.Is(err, ErrExpired) {
			t.Errorf("after its time: %v", err)
		}
		time.Sleep(time.Hour)
		if _, err := list[0].outcome(); !errors.Is(err, ErrExpired) {
			t.Errorf("after an hour: %v", err)
		}
		p := g.connect(c)
		if m := expect[msgdef.Send](p); string(m.Body) != "a day" || m.Counter != long.Counter() {
			t.Errorf("sent: %q", m.Body)
		}
		time.Sleep(24 * time.Hour)
		if _, err := list[1].outcome(); !errors.Is(err, ErrExpired) || !errors.Is(err, ErrOutcomeUnknown) {
			t.Errorf("after a day: %v", err)
		}
	})
}

// A kick ends what only this client sends; what is kept goes on when the app
// connects again, and Flush does not wait for that.
func TestQueueOutlivesAKick(t *testing.T) {
	outboxes(t, func(t *testing.T, g *gate, state func() State) {
		c := g.run(g.options(), state())
		p := g.connect(c)
		h := c.Queue(testConv, 1, []byte("kept"))
		first := expect[msgdef.Send](p)
		flushed := later(func() error { return c.Flush(context.Background()) })
		p.send(&msgdef.Kicked{Code: msgdef.CodeBanned})
		p.gone()
		if err := <-flushed; !errors.Is(err, ErrStopped) || !errors.Is(err, ErrBanned) {
			t.Errorf("Flush: %v", err)
		}
		if _, err := h.outcome(); !errors.Is(err, context.Canceled) { // pending
			t.Errorf("after the kick: %v", err)
		}
		if _, err := c.Queue(testConv, 1, nil).outcome(); !errors.Is(err, ErrBanned) {
			t.Errorf("queued after the kick: %v", err)
		}
		p = g.connect(c)
		if again := expect[msgdef.Send](p); again.Counter != first.Counter {
			t.Errorf("sent %d, then %d", first.Counter, again.Counter)
		}
		p.send(ackOf(first.Counter))
		if _, err := h.outcome(); err != nil {
			t.Error(err)
		}
	})
}

// A queue beside another device's state is not sent under a wrong name.
func TestQueueOfAnotherDevice(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		m := new(MemoryState)
		c := g.run(g.options(), m)
		c.Queue(testConv, 1, nil)
		c.Close()
		m.latest = Snapshot{Device: testDevice + 1}
		o := g.options()
		o.Device, o.State = 0, m
		if _, err := New(o); !errors.Is(err, ErrStateMismatch) {
			t.Errorf("New: %v", err)
		}
	})
}

// deafState keeps nothing.
type deafState struct{ MemoryState }

func (*deafState) Keep(Queued) error { return errors.New("disk full") }

// What cannot be kept is not sent, and holds nothing up.
func TestQueueThatCannotBeKept(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		c := g.run(g.options(), new(deafState))
		p := g.connect(c)
		if _, err := c.Queue(testConv, 1, nil).outcome(); err == nil || err.Error() != "disk full" {
			t.Errorf("outcome: %v", err)
		}
		var out outcomes
		c.SendFunc(testConv, 1, []byte("next"), out.done)
		if m := expect[msgdef.Send](p); string(m.Body) != "next" || m.After != 0 {
			t.Errorf("sent %+v", m)
		}
		if len(c.Queued()) != 0 {
			t.Error("it is queued")
		}
	})
}
