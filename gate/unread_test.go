package gate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestUnreadAnswersBecomeErrors has a service answer more than may wait: nobody
// waits for the client, which finds for each frame all answers in order, or the
// first ones and an Error.
func TestUnreadAnswersBecomeErrors(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		body := strings.Repeat("x", frame.MaxBody-1)
		w.far.claim(answering(
			rpc.AppReply{Type: 0x8001, Body: []byte("1" + body)},
			rpc.AppReply{Type: 0x8001, Body: []byte("2" + body)},
			rpc.AppReply{Type: 0x8001, Body: []byte("3" + body)},
		))
		slow, witness := w.login("slow", 1), w.login("witness", 2)
		const frames = 60
		for range frames {
			slow.tell(raw(0x8000, "")) // the reader takes no more when much is unread
		}
		synctest.Wait()
		witness.tell(raw(0x8000, ""))
		witness.told(0x8001, "1"+body)
		answered, failed, last := 0, 0, byte('3')
		for answered+failed < frames {
			f, err := slow.next()
			must(t, err)
			if f.Type == msgdef.TypeError {
				var m msgdef.Error
				must(t, m.Decode(f.Body))
				if m.Code != msgdef.CodeTimeout || m.Of != 0x8000 || m.Req != uint64(answered+failed+1) {
					t.Fatalf("%+v after %d", m, answered+failed)
				}
				failed++
				last = '3'
				continue
			}
			if next := f.Body[0]; next != last+1 && (next != '1' || last != '3') {
				t.Fatalf("%c after %c", next, last)
			}
			if last = f.Body[0]; last == '3' {
				answered++
			}
		}
		s := w.gate.Stats()
		if s.Drops[gate.DropAnswer] == 0 && failed > 0 || answered < 20 {
			t.Errorf("%d answered, %d failed, %v", answered, failed, s.Drops)
		}
		slow.roundTrip(1)
	})
}

// TestAnswersThatNeverFit come in one call, so that no reader can hold them up.
func TestAnswersThatNeverFit(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		release := make(chan struct{})
		many := make([]rpc.AppReply, 100)
		for i := range many {
			many[i] = rpc.AppReply{Type: 0x8001, Body: make([]byte, 16000)}
		}
		w.far.claim(func(ctx context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
			<-release
			return answering(many...)(ctx, batch)
		})
		c := w.login("robot", 1)
		c.tell(raw(0x8000, "first")) // its call is under way while the others gather
		synctest.Wait()
		c.tell(raw(0x8000, ""), raw(0x8000, ""), raw(0x8000, ""))
		synctest.Wait()
		close(release)
		synctest.Wait()
		errors := map[uint64]int{}
		for len(errors) < 4 {
			f, err := c.next()
			must(t, err)
			if f.Type == msgdef.TypeError {
				var m msgdef.Error
				must(t, m.Decode(f.Body))
				errors[m.Req]++
			}
		}
		for number, n := range errors {
			if n != 1 || number < 1 || number > 4 {
				t.Errorf("%d errors of frame %d", n, number)
			}
		}
		s := w.gate.Stats()
		if sent := s.AppReplies + s.Drops[gate.DropAnswer]; sent != 400 {
			t.Errorf("%d answers of 400: %v", sent, s.Drops)
		}
		c.roundTrip(1)
	})
}

// TestClientThatReadsNoAnswersIsClosed by the rule for stuck connections.
func TestClientThatReadsNoAnswersIsClosed(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.far.claim(echo)
		c := w.login("stuck", 1)
		for range 10 {
			c.tell(raw(0x8000, strings.Repeat("x", 16000)))
		}
		time.Sleep(11 * time.Second)
		w.wantCloses(gate.ReasonStuck, 1)
	})
}

// TestAnswersToAClosedConnection are dropped and counted.
func TestAnswersToAClosedConnection(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		release := make(chan struct{})
		w.far.claim(stuckOn(0x80, release))
		gone, next := w.login("alice", 1), w.login("bob", 1)
		gone.tell(raw(0x8001, "one"))
		synctest.Wait()
		gone.tell(raw(0x8001, "two"))
		synctest.Wait()
		gone.conn.Close()
		synctest.Wait()
		later := w.login("alice", 1)
		close(release)
		synctest.Wait()
		if s := w.gate.Stats(); s.Drops[gate.DropGone] != 2 || s.AppReplies != 0 || s.AppFrames != 2 {
			t.Errorf("%+v", s)
		}
		for _, c := range []*client{next, later} { // and nobody else got them
			c.tell(raw(0x8001, "mine"))
			c.told(0x8002, "mine")
		}
	})
}

// TestFramesOfAClosedConnectionCount for their user, who comes back, until they
// are answered; then nothing of the user is left.
func TestFramesOfAClosedConnectionCount(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t, func(o *gate.Options) { o.Limits.AppUserBytes = 3 << 10 })
		release := make(chan struct{})
		w.far.claim(stuckOn(0x80, release))
		for range 3 {
			c := w.login("alice", 1)
			c.tell(raw(0x8001, ""))
			synctest.Wait()
			c.conn.Close()
			synctest.Wait()
		}
		c := w.login("alice", 1)
		c.tell(raw(0x8001, "more"))
		c.expectError(0x8001, msgdef.CodeBusy)
		c.conn.Close()
		synctest.Wait()
		if n := w.gate.Users(); n != 1 {
			t.Errorf("%d users are remembered, want the one with frames on their way", n)
		}
		close(release)
		synctest.Wait()
		if n := w.gate.Users(); n != 0 {
			t.Errorf("%d users are remembered", n)
		}
		c = w.login("alice", 1)
		c.tell(raw(0x8001, "more"))
		c.told(0x8002, "more")
	})
}

// TestShutdownWaitsForFramesOnTheirWay: what was taken arrives, although its
// client cannot be told any more.
func TestShutdownWaitsForFramesOnTheirWay(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.far.claim(func(ctx context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
			time.Sleep(2 * time.Second)
			return echo(ctx, batch)
		})
		c := w.login("alice", 1)
		c.tell(raw(0x8001, "one"))
		synctest.Wait()
		c.tell(raw(0x8001, "two"))
		synctest.Wait()
		must(t, w.gate.Shutdown(t.Context()))
		c.expectEnd()
		if came := w.far.framesCame(); len(came) != 2 {
			t.Errorf("%d frames arrived", len(came))
		}
		w.wantCloses(gate.ReasonShutdown, 1)
	})
}

// TestShutdownDoesNotWaitForever for a service.
func TestShutdownDoesNotWaitForever(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		w.far.claim(func(ctx context.Context, _ *rpc.AppFrames) (*rpc.AppReplies, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		c := w.login("alice", 1)
		c.tell(raw(0x8001, "one"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := w.gate.Shutdown(ctx); err == nil || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		w.gate = idleGate(t) // what the cleanup shuts down
	})
}

// TestPushedFramesOfApplications to a slow client are dropped beyond a bound,
// without making its notifies collapse.
func TestPushedFramesOfApplications(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("slow", 1)
		conn := w.far.connOf(c.welcome.UID)
		push := func(n int) {
			must(t, w.gate.Push(t.Context(), &rpc.Frames{Epoch: w.gate.Epoch(), Items: []rpc.Frame{
				{Conn: conn, Type: 0x8001, Body: fmt.Appendf(nil, "%0900d", n), JSON: []byte("{}")},
			}}))
			synctest.Wait()
		}
		const pushed = 1000
		for n := range pushed {
			push(n)
		}
		dropped := int(w.gate.Stats().Drops[gate.DropApplication])
		if dropped < 500 || dropped > 800 {
			t.Fatalf("%d dropped: %v", dropped, w.gate.Stats().Drops)
		}
		w.deliver(conn, 1, 100, 1000)
		for n := range pushed - dropped {
			c.told(0x8001, fmt.Sprintf("%0900d", n))
		}
		for n := range uint64(100) {
			var m msgdef.Notify
			if c.expect(&m); m.USeq != n+1 {
				t.Fatalf("notify %d, want %d", m.USeq, n+1)
			}
		}
		push(pushed) // and it flows again
		c.told(0x8001, fmt.Sprintf("%0900d", pushed))
		if d := w.gate.Stats().Drops[gate.DropCollapsed]; d != 0 {
			t.Errorf("%d notifies collapsed", d)
		}
	})
}

// TestPushedFramesSurviveACollapse of the notifies around them.
func TestPushedFramesSurviveACollapse(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("slow", 1)
		conn := w.far.connOf(c.welcome.UID)
		w.deliver(conn, 1, 200, 1000)
		must(t, w.gate.Push(t.Context(), &rpc.Frames{Epoch: w.gate.Epoch(), Items: []rpc.Frame{
			{Conn: conn, Type: 0x8001, Body: []byte("kept")},
		}}))
		w.deliver(conn, 201, 300, 1000)
		if w.gate.Stats().Drops[gate.DropCollapsed] == 0 {
			t.Fatal("nothing collapsed")
		}
		kept := false
		for {
			f, err := c.next()
			must(t, err)
			if f.Type == msgdef.TypeHead {
				break
			}
			kept = kept || f.Type == 0x8001 && string(f.Body) == "kept"
		}
		if !kept {
			t.Error("it collapsed")
		}
	})
}
