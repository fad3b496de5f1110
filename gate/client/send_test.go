package client

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// outcomes gathers what senders are told.
type outcomes struct {
	mu   sync.Mutex
	sent []Sent
	errs []error
}

func (o *outcomes) done(sent Sent, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.errs = append(o.errs, err)
	} else {
		o.sent = append(o.sent, sent)
	}
}

func (o *outcomes) counts() (sent, failed int) {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sent), len(o.errs)
}

// bodies reads n sends and returns the first byte of each body.
func bodies(p *peer, n int) (list []byte, counters []uint64) {
	p.t.Helper()
	for range n {
		s := expect[msgdef.Send](p)
		list = append(list, s.Body[0])
		counters = append(counters, s.Counter)
	}
	return list, counters
}

func ackOf(counter uint64) *msgdef.SendAck {
	return &msgdef.SendAck{Counter: counter, CSeq: counter, At: 5}
}

func TestSendReturnsTheAcknowledgement(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		go func() {
			s := expect[msgdef.Send](p)
			if s.Conv != testConv || s.Kind != msgdef.ContentCustom || string(s.Body) != "hello" || s.Counter == 0 {
				t.Errorf("sent %+v", s)
			}
			p.send(&msgdef.SendAck{Counter: s.Counter, CSeq: 3, USeq: 1, At: 5000})
		}()
		sent, err := c.Send(t.Context(), testConv, msgdef.ContentCustom, []byte("hello"))
		if err != nil || sent.CSeq != 3 || sent.USeq != 1 || !sent.Time().Equal(time.UnixMilli(5000)) || sent.Conv != testConv {
			t.Errorf("%+v, %v", sent, err)
		}
	})
}

// Sends leave in the order of their calls, offline ones first, and again in
// that order over each new connection, under the same counters.
func TestSendsKeepTheirOrderOverReconnects(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var out outcomes
		c := g.client(g.options())
		for i := range byte(3) {
			c.SendFunc(testConv, 1, []byte{i}, out.done)
		}
		later(func() error { return c.Connect(context.Background()) })
		p := g.admit(msgdef.LoginOK{})
		for i := range byte(3) {
			c.SendFunc(testConv, 1, []byte{3 + i}, out.done)
		}
		first, counters := bodies(p, 6)
		p.send(ackOf(counters[0]), ackOf(counters[2]))
		synctest.Wait()
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		start := time.Now()
		again, repeated := bodies(p, 4)
		if wait := time.Since(start); wait != 0 {
			t.Errorf("sent again %v after the login", wait)
		}
		if !slices.Equal(first, []byte{0, 1, 2, 3, 4, 5}) || !slices.Equal(again, []byte{1, 3, 4, 5}) {
			t.Errorf("sent %v, then %v", first, again)
		}
		if want := []uint64{counters[1], counters[3], counters[4], counters[5]}; !slices.Equal(repeated, want) {
			t.Errorf("counters %v, want %v", repeated, want)
		}
		for i := 1; i < len(counters); i++ {
			if counters[i] <= counters[i-1] {
				t.Errorf("counters %v", counters)
			}
		}
		for _, counter := range repeated {
			p.send(ackOf(counter))
		}
		if sent, failed := out.counts(); sent != 6 || failed != 0 {
			t.Errorf("%d sent, %d failed", sent, failed)
		}
	})
}

func TestUnansweredSendIsRepeated(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		c.SendFunc(testConv, 1, []byte{1}, nil)
		_, first := bodies(p, 1)
		start := time.Now()
		ping := expect[msgdef.Ping](p) // is it there at all?
		_, second := bodies(p, 1)
		p.send(&msgdef.Pong{Nonce: ping.Nonce})
		if wait := time.Since(start); wait != 10*time.Second || second[0] != first[0] {
			t.Errorf("repeated as %d after %v, first as %d", second[0], wait, first[0])
		}
		start = time.Now()
		ping = expect[msgdef.Ping](p)
		bodies(p, 1)
		p.send(&msgdef.Pong{Nonce: ping.Nonce})
		if wait := time.Since(start); wait != 20*time.Second {
			t.Errorf("repeated again after %v", wait)
		}
		p.send(ackOf(first[0]), ackOf(first[0]))
		p.silent(14 * time.Second)
	})
}

// A gate that died without a word, as over QUIC, is left 10 s after the first
// message that it did not answer was sent again.
func TestAGateThatAnswersNothingIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		start := time.Now()
		c.SendFunc(testConv, 1, []byte{1}, nil)
		p.gone()
		if wait := time.Since(start); wait != 20*time.Second {
			t.Errorf("left after %v", wait)
		}
	})
}

// Busy: everything waits, and goes on one by one in its order.
func TestBusyKeepsTheOrder(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var out outcomes
		c, p := g.online(g.options(), msgdef.LoginOK{})
		for i := range byte(3) {
			c.SendFunc(testConv, 1, []byte{i}, out.done)
		}
		_, counters := bodies(p, 3)
		for _, counter := range counters {
			p.send(&msgdef.Error{Of: uint16(msgdef.TypeSend), Req: counter, Code: msgdef.CodeBusy, RetryAfter: 2000})
		}
		synctest.Wait()
		c.SendFunc(testConv, 1, []byte{3}, out.done)
		start := time.Now()
		p.silent(1999 * time.Millisecond)
		var order []byte
		for n := 1; n <= 2; n++ { // one, then as acknowledgements come
			list, again := bodies(p, n)
			p.silent(10 * time.Millisecond)
			order = append(order, list...)
			for _, counter := range again {
				p.send(ackOf(counter))
			}
		}
		list, _ := bodies(p, 1)
		if wait := time.Since(start); wait > 2100*time.Millisecond {
			t.Errorf("all sent after %v", wait)
		}
		if order = append(order, list...); !slices.Equal(order, []byte{0, 1, 2, 3}) {
			t.Errorf("order is %v", order)
		}
		if _, failed := out.counts(); failed != 0 {
			t.Errorf("%d failed", failed)
		}
	})
}

func TestRefusedSendFails(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{MaxBody: 100})
		bad, good := c.Queue(testConv, 1, []byte{1}), c.Queue(testConv, 1, []byte{2})
		_, counters := bodies(p, 2)
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeSend), Req: counters[0], Code: msgdef.CodeForbidden, Detail: "blocked"}, ackOf(counters[1]))
		_, err := bad.Wait(t.Context())
		wantCode(t, err, msgdef.CodeForbidden)
		if errors.Is(err, ErrOutcomeUnknown) {
			t.Error("the outcome is known")
		}
		if _, err := good.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		_, err = c.Send(t.Context(), testConv, 1, make([]byte, 101))
		wantCode(t, err, msgdef.CodeBodyTooLong)
		p.silent(time.Second)
	})
}

// A frame that the server calls malformed is not sent again and again.
func TestSendThatBreaksTheSession(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		h := c.Queue(testConv, 1, []byte{1})
		_, counters := bodies(p, 1)
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeSend), Req: counters[0], Code: msgdef.CodeMalformed})
		_, err := h.Wait(t.Context())
		wantCode(t, err, msgdef.CodeMalformed)
		g.admit(msgdef.LoginOK{}).silent(30 * time.Second)
	})
}

func TestAcknowledgementsOfStrangersAreDropped(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var out outcomes
		o := g.options()
		o.Window = 1
		c, p := g.online(o, msgdef.LoginOK{})
		c.SendFunc(testConv, 1, []byte{0}, out.done)
		c.SendFunc(testConv, 1, []byte{1}, out.done) // not yet on the wire
		_, counters := bodies(p, 1)
		p.send(ackOf(0), ackOf(counters[0]-1), ackOf(counters[0]+1), ackOf(^uint64(0)))
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeSend), Req: counters[0] + 1, Code: msgdef.CodeConflict})
		if sent, failed := out.counts(); sent+failed != 0 {
			t.Errorf("%d sent, %d failed", sent, failed)
		}
	})
}

func TestQueueIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Queue = 3
		c := g.client(o)
		for range 3 {
			c.SendFunc(testConv, 1, nil, nil)
		}
		if _, err := c.Send(t.Context(), testConv, 1, nil); !errors.Is(err, ErrQueueFull) {
			t.Errorf("error is %v", err)
		}
		var out outcomes
		c.SendFunc(testConv, 1, nil, out.done)
		if _, failed := out.counts(); failed != 1 || !errors.Is(out.errs[0], ErrQueueFull) {
			t.Errorf("told %v", out.errs)
		}
	})
}

func TestWindowIsKept(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Window = 2
		c, p := g.online(o, msgdef.LoginOK{})
		for i := range byte(4) {
			c.SendFunc(testConv, 1, []byte{i}, nil)
		}
		_, counters := bodies(p, 2)
		p.silent(time.Second)
		p.send(ackOf(counters[0]))
		bodies(p, 1)
		p.silent(time.Second)
	})
}

func TestCancelledSends(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Window = 1
		c, p := g.online(o, msgdef.LoginOK{})
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 2)
		for i := range byte(2) {
			go func() {
				_, err := c.Send(ctx, testConv, 1, []byte{i})
				errs <- err
			}()
			synctest.Wait()
		}
		_, counters := bodies(p, 1)
		cancel()
		a, b := <-errs, <-errs
		if errors.Is(a, ErrOutcomeUnknown) == errors.Is(b, ErrOutcomeUnknown) || !errors.Is(a, context.Canceled) || !errors.Is(b, context.Canceled) {
			t.Errorf("errors are %v and %v", a, b)
		}
		h := c.Queue(testConv, 1, []byte{9})
		p.silent(time.Second) // the first is still in the way
		p.send(ackOf(counters[0]))
		if list, _ := bodies(p, 1); list[0] != 9 {
			t.Errorf("then came %d", list[0])
		}
		if h.Cancel() {
			t.Error("took back what was on the wire")
		}
	})
}

func TestSendExpires(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.SendExpiry = 20 * time.Second
		c := g.client(o)
		start := time.Now()
		_, err := c.Send(t.Context(), testConv, 1, nil)
		if !errors.Is(err, ErrExpired) || errors.Is(err, ErrOutcomeUnknown) || time.Since(start) != 20*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		later(func() error { return c.Connect(context.Background()) })
		g.admit(msgdef.LoginOK{})
		h := c.Queue(testConv, 1, []byte{1})
		if _, err := h.Wait(t.Context()); !errors.Is(err, ErrExpired) || !errors.Is(err, ErrOutcomeUnknown) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestCloseTellsWhatIsKnown(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Window = 1
		c, p := g.online(o, msgdef.LoginOK{})
		wired, queued := c.Queue(testConv, 1, []byte{0}), c.Queue(testConv, 1, []byte{1})
		bodies(p, 1)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := wired.Wait(t.Context()); !errors.Is(err, ErrClosed) || !errors.Is(err, ErrOutcomeUnknown) {
			t.Errorf("on the wire: %v", err)
		}
		if _, err := queued.Wait(t.Context()); !errors.Is(err, ErrClosed) || errors.Is(err, ErrOutcomeUnknown) {
			t.Errorf("queued: %v", err)
		}
		if _, err := c.Send(t.Context(), testConv, 1, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestFlushWaitsForCallbacks(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var out outcomes
		c, p := g.online(g.options(), msgdef.LoginOK{})
		if err := c.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		for i := range byte(2) {
			c.SendFunc(testConv, 1, []byte{i}, out.done)
		}
		_, counters := bodies(p, 2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("flushed: %v", err)
		}
		go func() {
			p.send(ackOf(counters[0]))
			time.Sleep(time.Second)
			p.send(&msgdef.Error{Of: uint16(msgdef.TypeSend), Req: counters[1], Code: msgdef.CodeForbidden})
		}()
		err := c.Flush(t.Context())
		out.mu.Lock()
		defer out.mu.Unlock()
		if err != nil || len(out.sent) != 1 || len(out.errs) != 1 {
			t.Errorf("%v: %d sent, %d failed", err, len(out.sent), len(out.errs))
		}
	})
}

// Sends from callbacks leave in one record, after everything that was read.
func TestSendsFromCallbacksLeaveTogether(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var c *Client
		o := g.options()
		o.OnMessage = func(m *Message) { c.SendFunc(m.Conv, m.Kind, m.Body, nil) }
		c, p := g.online(o, msgdef.LoginOK{})
		p.send(note(1), note(2), note(3))
		first := expect[msgdef.Send](p)
		if len(p.queue) != 2 {
			t.Errorf("%d more frames in the record of the first", len(p.queue))
		}
		p.send(ackOf(first.Counter))
	})
}

// No counter is used twice, whenever the process dies.
func TestCountersSurviveACrash(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		path := filepath.Join(t.TempDir(), "state.json")
		used := make(map[uint64]bool)
		o := g.options()
		o.Device, o.Queue = 0, 1<<20
		device := uint64(0)
		for run := range 4 {
			file := NewFileState(path)
			o.State = file
			c := must(New(o))
			if device != 0 && c.Device() != device {
				t.Fatalf("device %d became %d", device, c.Device())
			}
			device = c.Device()
			for range run*1000 + 50 {
				h := c.Queue(testConv, 1, nil)
				if used[h.Counter()] || h.Counter() == 0 {
					t.Fatalf("run %d uses counter %d again", run, h.Counter())
				}
				used[h.Counter()] = true
			}
			if run%2 == 0 { // crash: what Close saves is lost
				saved := must(readSnapshot(path))
				c.Close()
				must(file.Load())
				if err := errors.Join(file.Save(saved), file.Close()); err != nil {
					t.Fatal(err)
				}
			} else {
				c.Close()
				if saved := must(readSnapshot(path)); !used[saved.Counter] || used[saved.Counter+1] {
					t.Errorf("after Close counter %d is not the last used", saved.Counter)
				}
			}
		}
	})
}

// failing is a state on a disk that is full.
type failing struct {
	MemoryState
	fail bool
}

func (f *failing) Save(s Snapshot) error {
	if f.fail {
		return errors.New("disk is full")
	}
	return f.MemoryState.Save(s)
}

func TestSendFailsWhenCountersCannotBeSaved(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		state := new(failing)
		o := g.options()
		o.State = state
		c := g.client(o)
		state.fail = true
		if _, err := c.Send(t.Context(), testConv, 1, nil); err == nil || err.Error() != "disk is full" {
			t.Errorf("error is %v", err)
		}
		state.fail = false
		if h := c.Queue(testConv, 1, nil); h.Counter() == 0 {
			t.Errorf("still failing: %v", h.err)
		}
	})
}
