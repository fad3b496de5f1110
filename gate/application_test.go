package gate_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// tell sends frames of an application in one record.
func (c *client) tell(frames ...frame.Frame) {
	c.t.Helper()
	var b []byte
	for _, f := range frames {
		b = frame.AppendRaw(b, f.Type, f.Body)
	}
	c.write(c.sealRaw(b))
}

// told receives a frame with a type and a body.
func (c *client) told(t msgdef.Type, body string) {
	c.t.Helper()
	f, err := c.next()
	if err != nil || f.Type != t || string(f.Body) != body {
		c.t.Fatalf("%v %.40q, %v instead of %v %.40q", f.Type, f.Body, err, t, body)
	}
}

// raw is a frame to tell.
func raw(t msgdef.Type, body string) frame.Frame { return frame.Frame{Type: t, Body: []byte(body)} }

// TestApplicationGetsFramesWithTheirSender sends one of each size, and has it
// answered several times.
func TestApplicationGetsFramesWithTheirSender(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Route = loopback.Route(o.Route) })
		w.far.claim(echo)
		c := w.login("alice", 7)
		longest := strings.Repeat("x", frame.MaxBody)
		for _, body := range []string{"", "hi", longest} {
			c.tell(raw(0x8001, body))
			c.told(0x8002, body)
			came := w.far.framesCame()
			got := came[len(came)-1]
			if got.Conn == 0 || got.UID != c.welcome.UID || got.Device != 7 || got.Type != 0x8001 ||
				got.Codec != 1 || string(got.Body) != body {
				t.Errorf("%d bytes arrive as %+v", len(body), got)
			}
		}
		w.far.claim(answering(
			rpc.AppReply{Type: 0x8100, Body: []byte("one")}, rpc.AppReply{Type: 0xffff, Body: []byte("two")},
		))
		c.tell(raw(0xffff, "last"))
		c.told(0x8100, "one")
		c.told(0xffff, "two")
		if s := w.gate.Stats(); s.AppFrames != 4 || s.AppReplies != 5 || s.AppRefused+s.AppBusy != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestTypesOfTheGateAreNotForwarded sends one that it does not know.
func TestTypesOfTheGateAreNotForwarded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.far.claim(echo)
		c := w.login("alice", 1)
		c.tell(raw(0x7fff, "hi"))
		c.expectError(0x7fff, msgdef.CodeUnknownType)
		c.tell(raw(0x8000, "hi"))
		c.told(0x8001, "hi")
		if came := w.far.framesCame(); len(came) != 1 {
			t.Errorf("%+v", came)
		}
	})
}

// TestApplicationErrorsNameTheFrame by type and number; none ends the session.
func TestApplicationErrorsNameTheFrame(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		c.tell(raw(0x8001, "")) // which nobody claims
		if m := c.expectError(0x8001, msgdef.CodeUnknownType); m.Req != 1 {
			t.Errorf("%+v", m)
		}
		for i, want := range []struct {
			reply rpc.AppReply
			err   msgdef.Error
		}{
			{rpc.AppReply{Code: msgdef.CodeForbidden, Detail: "no"}, msgdef.Error{Code: msgdef.CodeForbidden, Detail: "no"}},
			{rpc.AppReply{Code: msgdef.CodeBusy, Retry: 70}, msgdef.Error{Code: msgdef.CodeBusy, RetryAfter: 70}},
			{rpc.AppReply{Code: msgdef.CodeTimeout}, msgdef.Error{Code: msgdef.CodeTimeout, RetryAfter: 500}},
			{rpc.AppReply{Code: 399}, msgdef.Error{Code: 399}},
			{rpc.AppReply{Code: msgdef.CodeReplaced, Detail: "x"}, msgdef.Error{Code: msgdef.CodeBadArgument, Detail: "x"}},
			{rpc.AppReply{Type: uint16(msgdef.TypeKicked)}, msgdef.Error{Code: msgdef.CodeUnavailable, RetryAfter: 500, Detail: "the answer is none"}},
			{
				rpc.AppReply{Type: 0x8000, Body: make([]byte, frame.MaxBody+1)},
				msgdef.Error{Code: msgdef.CodeUnavailable, RetryAfter: 500, Detail: "the answer is none"},
			},
		} {
			w.far.claim(answering(want.reply, rpc.AppReply{Type: 0x8000})) // which follows in vain
			c.tell(raw(0x8005, ""))
			var got msgdef.Error
			c.expect(&got)
			want.err.Of, want.err.Req = 0x8005, uint64(i+2)
			if got != want.err {
				t.Errorf("%+v, want %+v", got, want.err)
			}
		}
		w.far.claim(answering(rpc.AppReply{Item: 1}, rpc.AppReply{Item: 1 << 31}))
		c.tell(raw(0x8005, ""))
		synctest.Wait()
		w.far.claim(func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error) {
			return nil, rpc.Errorf(msgdef.CodeMalformed, "of the contract, which is not the client's")
		})
		c.tell(raw(0x8005, ""))
		c.expectError(0x8005, msgdef.CodeUnavailable)
		c.roundTrip(1)
		s := w.gate.Stats()
		if s.Drops[gate.DropAnswer] != 7 || s.Drops[gate.DropBad] != 4 || s.AppRefused != 9 || s.AppReplies != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestForwardFails for a whole batch, and each frame is answered.
func TestForwardFails(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.login("alice", 1), w.login("bob", 2)
		w.far.claim(func(ctx context.Context, _ *rpc.AppFrames) (*rpc.AppReplies, error) {
			<-ctx.Done()
			return nil, rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
		})
		start := time.Now()
		a.tell(raw(0x8001, "1"), raw(0x8002, "2"), raw(0x8101, "3"))
		b.tell(raw(0x8003, "1"))
		seen := map[uint64]uint16{}
		for range 3 {
			var e msgdef.Error
			a.expect(&e)
			if e.Code != msgdef.CodeTimeout {
				t.Errorf("%+v", e)
			}
			seen[e.Req] = e.Of
		}
		if fmt.Sprint(seen) != fmt.Sprint(map[uint64]uint16{1: 0x8001, 2: 0x8002, 3: 0x8101}) {
			t.Errorf("answered %x", seen)
		}
		if m := b.expectError(0x8003, msgdef.CodeTimeout); m.Req != 1 {
			t.Errorf("%+v", m)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		if came := w.far.framesCame(); len(came) != 4 { // each once
			t.Errorf("%d frames arrived", len(came))
		}
	})
}

// TestFramesKeepTheirOrder of many connections, some of one user, in two
// blocks: each connection gets its own answers, in the order it asked.
func TestFramesKeepTheirOrder(t *testing.T) {
	w := newWorld(t, func(o *gate.Options) {
		o.Route = loopback.Route(o.Route)
		o.Limits.RequestRate, o.Limits.AppUserBytes = -1, 1<<30
	})
	w.far.claim(echo)
	const frames = 400
	var group sync.WaitGroup
	for i := range 12 {
		c := w.login(fmt.Sprint("user", i/2), uint64(1+i%2))
		group.Go(func() {
			for n := range uint64(frames) {
				a, b := c.stamped(0x8001, n), c.stamped(0x9001, n)
				record := c.sealRaw(frame.AppendRaw(frame.AppendRaw(nil, a.Type, a.Body), b.Type, b.Body))
				if _, err := c.conn.Write(record); err != nil {
					return // the reader says why
				}
			}
		})
		group.Go(func() {
			next := map[msgdef.Type]uint64{}
			for range 2 * frames {
				f, err := c.next()
				if err != nil || !bytes.Equal(f.Body, c.stamped(f.Type, next[f.Type]).Body) {
					t.Errorf("%v %x, %v instead of number %d", f.Type, f.Body, err, next[f.Type])
					c.conn.Close() // so that the other half ends
					return
				}
				next[f.Type]++
			}
			if next[0x8002] != frames || next[0x9002] != frames {
				t.Errorf("answers: %v", next)
			}
		})
	}
	group.Wait()
	last := map[string]uint64{}
	for _, f := range w.far.framesCame() {
		from := fmt.Sprintf("%x of %d", f.Type, f.Conn)
		if n := binary.LittleEndian.Uint64(f.Body[16:]); n != last[from] {
			t.Fatalf("%d of %s arrived instead of %d", n, from, last[from])
		}
		last[from]++
	}
}

// stamped is a frame that nobody else sends: uid, device, n.
func (c *client) stamped(t msgdef.Type, n uint64) frame.Frame {
	body := binary.LittleEndian.AppendUint64(nil, c.welcome.UID)
	body = append(body, c.welcome.Session[:8]...)
	return frame.Frame{Type: t, Body: binary.LittleEndian.AppendUint64(body, n)}
}

// stuckOn is an echo that does not answer frames of a block until it is let go.
func stuckOn(block uint16, release <-chan struct{}) handler {
	return func(ctx context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
		if batch.Items[0].Type>>8 == block {
			<-release
		}
		return echo(ctx, batch)
	}
}

// TestSlowServiceDelaysOnlyItsTypes: neither messages nor other types nor what
// the reader answers wait for it.
func TestSlowServiceDelaysOnlyItsTypes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		release := make(chan struct{})
		w.far.claim(stuckOn(0x80, release))
		c := w.login("alice", 1)
		c.tell(raw(0x8001, "slow"))
		synctest.Wait() // it is at the service, and others gather behind it
		for n := range uint64(10) {
			c.roundTrip(n + 1)
			c.tell(raw(0x8003, fmt.Sprint(n)), raw(0x8101, "quick"))
			c.told(0x8102, "quick")
			c.send(&msgdef.Ping{Nonce: n})
			c.expect(&msgdef.Pong{})
		}
		close(release)
		c.told(0x8002, "slow")
		for n := range 10 {
			c.told(0x8004, fmt.Sprint(n))
		}
		if calls := w.far.calls; len(calls) != 12 || calls[11] != 10 { // what gathered went together
			t.Errorf("batches of %v", calls)
		}
	})
}

// TestFramesOnTheirWayAreBounded by user, which others do not notice.
func TestFramesOnTheirWayAreBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.AppUserBytes = 10 << 10 })
		release := make(chan struct{})
		w.far.claim(stuckOn(0x80, release))
		one, two, other := w.login("alice", 1), w.login("alice", 2), w.login("bob", 1)
		for range 8 {
			one.tell(raw(0x8001, "taken"))
		}
		synctest.Wait()
		two.tell(raw(0x8001, "taken"), raw(0x8001, strings.Repeat("x", 1025)))
		if m := two.expectError(0x8001, msgdef.CodeBusy); m.RetryAfter != 500 || m.Req != 2 {
			t.Errorf("%+v", m)
		}
		other.tell(raw(0x8101, "quick"))
		other.told(0x8102, "quick")
		close(release)
		for range 8 {
			one.told(0x8002, "taken")
		}
		two.told(0x8002, "taken")
		synctest.Wait()
		two.tell(raw(0x8001, strings.Repeat("x", 9<<10)))
		two.told(0x8002, strings.Repeat("x", 9<<10))
		if s := w.gate.Stats(); s.AppFrames != 11 || s.AppBusy != 1 || s.Refused != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestFramesOfAllAreBounded together, and in each lane.
func TestFramesOfAllAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		limit, taken int
	}{"gate": {100 << 10, 100}, "lane": {64 << 20, 1 + 1024}} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				w := newWorld(t, func(o *gate.Options) { o.Limits.AppBytes = c.limit })
				release := make(chan struct{})
				w.far.claim(stuckOn(0x80, release))
				robot := w.login("robot", 1) // has no bounds of its own
				robot.tell(raw(0x8001, ""))
				synctest.Wait()
				for range c.taken - 1 {
					robot.tell(raw(0x8001, ""))
				}
				robot.tell(raw(0x8001, ""))
				robot.expectError(0x8001, msgdef.CodeBusy)
				close(release)
				for range c.taken {
					robot.told(0x8002, "")
				}
				robot.tell(raw(0x8001, ""))
				robot.told(0x8002, "")
			})
		})
	}
}

// TestFloodOfFrames is refused by the rate of requests, and closed when it goes
// on.
func TestFloodOfFrames(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) {
			o.Limits.RequestBurst, o.Limits.RefusalBurst = 10, 20
		})
		w.far.claim(echo)
		witness, c := w.login("witness", 1), w.login("mallory", 2)
		frames := make([]frame.Frame, 31)
		for i := range frames {
			frames[i] = raw(0x8001, fmt.Sprint(i))
		}
		c.tell(frames...)
		answers, refusals := 0, 0
		for {
			f, err := c.next()
			if err != nil {
				break
			}
			if f.Type == 0x8002 {
				answers++
			} else {
				refusals++
			}
		}
		if answers > 10 || refusals != 21 {
			t.Errorf("%d answers, %d refusals", answers, refusals)
		}
		synctest.Wait()
		w.wantCloses(gate.ReasonFlood, 1)
		witness.tell(raw(0x8001, "fine"))
		witness.told(0x8002, "fine")
		if s := w.gate.Stats(); s.AppFrames != 11 || s.AppBusy != 21 {
			t.Errorf("%+v", s)
		}
	})
}
