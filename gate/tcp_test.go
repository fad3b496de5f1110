package gate_test

import (
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
)

// sockets are the ways a gate is reached over TCP: with a goroutine that waits
// at each connection, and with an event loop.
func sockets() map[string]func(addr string) (transport.Listener, error) {
	return map[string]func(string) (transport.Listener, error){"goroutines": tcp.Listen, "events": tcp.ListenEvents}
}

// overTCP serves the world's gate at a socket, too, and returns how to connect.
func (w *world) overTCP(listen func(string) (transport.Listener, error)) func() *client {
	w.t.Helper()
	addr := w.listen(listen)
	return func() *client {
		conn, err := tcp.Dialer{}.Dial(w.t.Context(), addr)
		must(w.t, err)
		return w.over(conn)
	}
}

// enterAll connects and logs in n users.
func enterAll(dial func() *client, name string, n int) []*client {
	all := make([]*client, n)
	for i := range all {
		all[i] = dial()
		all[i].handshake()
		all[i].enter(loginOf(fmt.Sprint(name, i), 1))
	}
	return all
}

// listen serves the world's gate at a socket, too, and returns its address.
func (w *world) listen(listen func(string) (transport.Listener, error)) (addr string) {
	w.t.Helper()
	l, err := listen("127.0.0.1:0")
	must(w.t, err)
	var served sync.WaitGroup
	served.Go(func() {
		if err := w.gate.Serve(l); err != nil {
			w.t.Errorf("serve: %v", err)
		}
	})
	w.t.Cleanup(func() {
		w.close()
		served.Wait()
	})
	return l.Addr()
}

// TestTCP has many users write to each other over sockets at the same time,
// beside others that are hostile. Everybody gets everything in order.
func TestTCP(t *testing.T) {
	for name, listen := range sockets() {
		t.Run(name, func(t *testing.T) { overSockets(t, listen) })
	}
}

func overSockets(t *testing.T, listen func(string) (transport.Listener, error)) {
	const users, messages = 24, 40
	w := newWorld(t)
	dial := w.overTCP(listen)
	clients := enterAll(dial, "user", users)
	var group sync.WaitGroup
	for i, c := range clients {
		peer := clients[i^1].welcome.UID
		group.Go(func() {
			for n := range uint64(messages) {
				c.send(c.to(peer, n+1, fmt.Sprint("message ", n)))
			}
		})
		group.Go(func() { c.expectInbox(messages) })
		group.Go(func() {
			h := dial()
			h.write([]byte("GET / HTTP/1.1\r\n\r\n"))
			io.Copy(io.Discard, readerOf{h}) // an end or a reset
		})
	}
	group.Wait()
	w.close()
	w.wantCloses(gate.ReasonGarbage, users)
	w.wantCloses(gate.ReasonShutdown, users)
	if s := w.gate.Stats(); s.MessagesIn != users*messages || len(s.Drops) != 0 {
		t.Errorf("%+v", s)
	}
}

type readerOf struct{ c *client }

func (r readerOf) Read(p []byte) (int, error) { return r.c.conn.Read(p) }

// expectInbox receives n outcomes, in order, and n notifies, each useq once.
func (c *client) expectInbox(n int) {
	var acked uint64
	seen := map[uint64]bool{}
	for int(acked) < n || len(seen) < 2*n {
		f, err := c.next()
		if err != nil {
			c.t.Errorf("after %d outcomes and %d rows: %v", acked, len(seen), err)
			return
		}
		useq := uint64(0)
		switch f.Type {
		case msgdef.TypeSendAck:
			var m msgdef.SendAck
			err = m.Decode(f.Body)
			if acked++; m.Counter != acked {
				c.t.Errorf("outcome of %d, want %d", m.Counter, acked)
			}
			useq = m.USeq
		case msgdef.TypeNotify:
			var m msgdef.Notify
			err = m.Decode(f.Body)
			useq = m.USeq
		}
		if err != nil || useq == 0 || seen[useq] {
			c.t.Errorf("%v with useq %d, %v", f.Type, useq, err)
			return
		}
		seen[useq] = true
	}
}

// TestRefusalReachesTheClient over a socket, where closing with input unread
// would reset the connection: login errors and violations are read whole.
func TestRefusalReachesTheClient(t *testing.T) {
	for name, listen := range sockets() {
		t.Run(name, func(t *testing.T) { refusals(t, listen) })
	}
}

func refusals(t *testing.T, listen func(string) (transport.Listener, error)) {
	w := newWorld(t)
	dial := w.overTCP(listen)
	for range 20 {
		c := dial()
		c.handshake()
		m := goodLogin()
		m.Secret = []byte("wrong")
		c.send(m)
		c.expectError(msgdef.TypeLogin, msgdef.CodeBadCredentials)
		c.conn.Close()

		c = dial()
		c.handshake()
		c.enter(loginOf("robot", 1))
		c.send(goodLogin())
		for range 20 { // on their way when the gate stops reading
			c.send(c.note(1, "late"))
		}
		c.expectError(msgdef.TypeLogin, msgdef.CodeUnexpected)
		c.conn.Close()
	}
}
