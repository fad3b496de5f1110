package gate_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// secured runs a test with a gate whose connections are inside TLS.
func secured(t *testing.T, test func(t *testing.T, w *world), change ...func(*gate.Options)) {
	t.Helper()
	virtual(t, func(t *testing.T) {
		w := newWorld(t, change...)
		w.network.Secured = true
		test(t, w)
	})
}

// inside starts a handshake inside TLS.
func (c *client) inside(suite secure.Suite) *secure.TLSClientHandshake {
	c.t.Helper()
	config := secure.ClientConfig{Suite: suite, Roots: c.world.roots, Now: time.Now}
	h, err := secure.NewTLSClientHandshake(config, c.conn.(transport.Secured).Export)
	must(c.t, err)
	return h
}

// handshakeInside goes as far as the login keys.
func (c *client) handshakeInside(transport.Secured) {
	c.t.Helper()
	h := c.inside(secure.ClassicalAESGCM)
	c.write(h.Hello())
	c.secure = h.Session()
	must(c.t, h.Reply(c.packet(secure.TLSReplySize)))
}

// history gives a user entries of 1,000 bytes.
func (w *world) history(uid uint64, entries int) {
	w.far.mu.Lock()
	defer w.far.mu.Unlock()
	for i := range uint64(entries) {
		m := msgdef.Message{CSeq: i + 1, Body: []byte(strings.Repeat("x", 1000))}
		w.far.inbox[uid] = append(w.far.inbox[uid], msgdef.Entry{USeq: i + 1, Message: m.Append(nil)})
	}
}

// bulkReader is the client's end of the bulk stream.
type bulkReader struct {
	t    testing.TB
	from io.Reader
	in   *secure.Opener
	buf  []byte
	open bool
}

// bulk waits for the bulk stream.
func (c *client) bulk() *bulkReader {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := c.conn.(transport.Secured).AcceptBulk(ctx)
	must(c.t, err)
	in, err := c.secure.BulkOpener()
	must(c.t, err)
	return &bulkReader{t: c.t, from: r, in: in}
}

// next returns the next frame, or the error that ends the stream.
func (b *bulkReader) next() (frame.Frame, error) {
	for {
		if b.open {
			if f, ok, err := b.in.Next(); ok || err != nil {
				return f, err
			}
			b.open = false
		}
		n, err := b.in.Open(b.buf)
		if err != nil {
			return frame.Frame{}, err
		}
		if n > 0 {
			b.open, b.buf = true, b.buf[n:]
			continue
		}
		var more [4096]byte
		got, err := b.from.Read(more[:])
		if err != nil {
			return frame.Frame{}, err
		}
		b.buf = append(b.buf, more[:got]...)
	}
}

// pages receives the answer to one GetMsg, with entries from 1 to n.
func (b *bulkReader) pages(req uint64, n int) {
	b.t.Helper()
	got := 0
	for last := false; !last; {
		f, err := b.next()
		must(b.t, err)
		var page msgdef.MsgPage
		if f.Type != msgdef.TypeMsgPage || page.Decode(f.Body) != nil || page.Req != req {
			b.t.Fatalf("%v of %d instead of a page of %d", f.Type, page.Req, req)
		}
		for _, e := range page.Entries {
			if got++; e.USeq != uint64(got) {
				b.t.Fatalf("entry %d, want %d", e.USeq, got)
			}
		}
		last = page.Last
	}
	if got != n {
		b.t.Fatalf("%d entries, want %d", got, n)
	}
}

func TestSessionInsideTLS(t *testing.T) {
	secured(t, func(t *testing.T, w *world) {
		c := w.login("alice", 1)
		c.roundTrip(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.conn.(transport.Secured).AcceptBulk(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a bulk stream without a page: %v", err)
		}
		c = w.login("alice", 2)
		c.send(c.note(1, "before it"), &msgdef.GetMsg{Req: 5}, &msgdef.Ping{Nonce: 1})
		var ack msgdef.SendAck
		var pong msgdef.Pong
		c.expect(&ack)
		c.expect(&pong) // the page is not here
		c.bulk().pages(5, 2)
		conv := msgdef.Pair(c.welcome.UID, c.welcome.UID)
		c.send(&msgdef.GetConv{Req: 6, Conv: conv}, &msgdef.GetConv{Req: 7})
		c.expectError(msgdef.TypeGetConv, msgdef.CodeForbidden)
	})
}

// TestLoginRightBehindHello writes both at once, as an SDK does, and cut apart
// anywhere.
func TestLoginRightBehindHello(t *testing.T) {
	secured(t, func(t *testing.T, w *world) {
		for cut := range 14 {
			c := w.dial()
			h := c.inside(secure.ClassicalAESGCM)
			c.secure = h.Session()
			m := loginOf("alice", uint64(cut)+1)
			m.Versions, m.Suites = []byte{1}, []byte{byte(secure.ClassicalAESGCM)}
			both := append(h.Hello(), c.seal(m)...)
			c.write(both[:cut])
			synctest.Wait()
			c.write(both[cut:])
			must(t, h.Reply(c.packet(secure.TLSReplySize)))
			c.expect(&c.welcome)
			must(t, c.secure.Bind(c.welcome.Session, m.Append(nil), c.welcome.Append(nil)))
			c.roundTrip(1)
		}
	})
}

func TestRefusalsInsideTLS(t *testing.T) {
	secured(t, func(t *testing.T, w *world) {
		c := w.dial()
		h := c.inside(secure.HybridChaCha) // the world does not admit it
		c.secure = h.Session()
		c.write(append(h.Hello(), c.seal(loginOf("alice", 1))...))
		var refused *secure.RefusedError
		if err := h.Reply(c.packet(secure.TLSReplySize)); !errors.As(err, &refused) || refused.Refusal.Code != msgdef.CodeSuite {
			t.Errorf("suite: %v", err)
		}
		c.expectSilentEnd()

		c = w.dial()
		h = c.inside(secure.ClassicalAESGCM) // with more to offer
		c.secure = h.Session()
		m := loginOf("alice", 1)
		m.Versions, m.Suites = []byte{1}, []byte{byte(secure.HybridAESGCM), byte(secure.ClassicalAESGCM)}
		c.write(append(h.Hello(), c.seal(m)...))
		must(t, h.Reply(c.packet(secure.TLSReplySize)))
		c.expectError(msgdef.TypeLogin, msgdef.CodeDowngrade)
		c.expectEnd()

		c = w.dial()
		c.write(c.hello(secure.HybridAESGCM).Hello()) // of Noise
		c.expectSilentEnd()
		synctest.Wait()
		w.wantCloses(gate.ReasonSuite, 1)
		w.wantCloses(gate.ReasonDowngrade, 1)
		w.wantCloses(gate.ReasonGarbage, 1)
	})
}

// TestHistoryDelaysNothing asks for megabytes and reads none of them: live
// messages come, and what is sent is acknowledged, at once. Then it reads all.
func TestHistoryDelaysNothing(t *testing.T) {
	secured(t, func(t *testing.T, w *world) {
		c := w.login("robot", 1)
		const requests, entries = 40, 200
		w.history(c.welcome.UID, entries)
		for i := range uint64(requests) {
			c.send(&msgdef.GetMsg{Req: i + 1})
		}
		bulk := c.bulk()
		start := time.Now()
		for i := range uint64(100) {
			c.roundTrip(i + 1)
			w.deliver(w.far.connOf(c.welcome.UID), 1000+i, 1, 1000)
			var n msgdef.Notify
			if c.expect(&n); n.USeq != 1000+i {
				t.Fatalf("notify %d, want %d", n.USeq, 1000+i)
			}
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("100 live messages took %v", waited)
		}
		for i := range uint64(requests) {
			n := entries // and what was sent meanwhile, up to a page
			if i > 0 {
				n = 256
			}
			bulk.pages(i+1, n)
		}
		if d := w.gate.Stats().Drops; len(d) > 0 {
			t.Errorf("dropped %v", d)
		}
	})
}

func TestStuckBulkReaderIsClosed(t *testing.T) {
	secured(t, func(t *testing.T, w *world) {
		witness, stuck := w.login("witness", 1), w.login("robot", 2)
		w.history(stuck.welcome.UID, 200)
		start := time.Now()
		stuck.send(&msgdef.GetMsg{Req: 1})
		for w.closes(gate.ReasonStuck) == 0 && time.Since(start) < time.Minute {
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(start).Round(time.Second); took != 10*time.Second {
			t.Errorf("closed after %v: %v", took, w.gate.Stats().Closes)
		}
		witness.roundTrip(1)
	})
}

// TestPullsInsideTLSAreBounded asks more than may wait.
func TestPullsInsideTLSAreBounded(t *testing.T) {
	secured(t, func(t *testing.T, w *world) {
		c := w.login("robot", 1)
		w.history(c.welcome.UID, 200)
		const requests = 600
		for i := range uint64(requests) {
			c.send(&msgdef.GetMsg{Req: i + 1})
		}
		synctest.Wait()
		c.send(&msgdef.Ping{Nonce: 1})
		refused := 0
		for {
			f, err := c.next()
			must(t, err)
			if f.Type == msgdef.TypePong {
				break
			}
			var m msgdef.Error
			if must(t, m.Decode(f.Body)); m.Code != msgdef.CodeBusy || m.RetryAfter == 0 {
				t.Fatalf("%+v", m)
			}
			refused++
		}
		if refused < requests-512-1 || refused > requests-512 {
			t.Errorf("%d refused", refused)
		}
	})
}

// TestKickInTheMidstOfHistory ends at once and says why.
func TestKickInTheMidstOfHistory(t *testing.T) {
	secured(t, func(t *testing.T, w *world) {
		c := w.login("robot", 1)
		w.history(c.welcome.UID, 200)
		c.send(&msgdef.GetMsg{Req: 1}, &msgdef.GetMsg{Req: 2})
		synctest.Wait()
		must(t, w.gate.Kick(t.Context(), &rpc.Kicks{Epoch: w.gate.Epoch(), Items: []rpc.Kick{
			{Conn: w.far.connOf(c.welcome.UID), Code: msgdef.CodeReplaced},
		}}))
		var kicked msgdef.Kicked
		c.expect(&kicked)
		c.expectEnd()
		synctest.Wait()
		w.wantCloses(gate.ReasonReplaced, 1)
	})
}
