package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
)

// nat is a network that forgets connections which are silent for a time: what
// they write afterwards goes nowhere.
type nat struct {
	transport.Dialer
	forgets time.Duration
}

func (n *nat) Dial(ctx context.Context, address string) (transport.Conn, error) {
	c, err := n.Dialer.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return &natConn{Conn: c, nat: n, last: time.Now()}, nil
}

type natConn struct {
	transport.Conn
	nat  *nat
	mu   sync.Mutex
	last time.Time
	gone bool
}

// passes notes traffic, and reports whether it gets through.
func (c *natConn) passes() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = c.gone || time.Since(c.last) > c.nat.forgets
	c.last = time.Now()
	return !c.gone
}

func (c *natConn) Write(b []byte) (int, error) {
	if !c.passes() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *natConn) TryWrite(b []byte) (int, error) {
	if !c.passes() {
		return len(b), nil
	}
	return c.Conn.TryWrite(b)
}

// keeper is a gate that answers pings, and ends who is silent for 1.5 times what
// was announced.
type keeper struct {
	g  *gate
	mu sync.Mutex
	heard
}

// heard is what a keeper was told.
type heard struct {
	logins int
	every  time.Duration // between pings, as announced last
	state  msgdef.AppState
	pings  int
	idle   int // connections ended for silence
}

func (k *keeper) note(f func(h *heard)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(&k.heard)
}

func (k *keeper) sum() heard {
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.heard
}

func (k *keeper) serve() {
	for {
		conn, err := k.g.listener.Accept()
		if err != nil {
			return
		}
		go k.talk(&peer{t: k.g.t, conn: conn})
	}
}

func (k *keeper) talk(p *peer) {
	defer p.conn.Close()
	buf := make([]byte, 8192)
	n, err := p.conn.Read(buf)
	if err != nil {
		return
	}
	used, reply, keys, err := k.g.hello(p.conn, buf[:n])
	if err != nil || used == 0 {
		return
	}
	p.buf, p.keys = buf[used:n], keys
	p.conn.Write(reply)
	body := p.readLogin()
	ok := msgdef.LoginOK{UID: testUID, Account: "alice", StoreEpoch: testEpoch, Session: [16]byte{1}, Heartbeat: p.login.Heartbeat}
	p.send(&ok)
	if p.keys.Bind(ok.Session, body, ok.Append(nil)) != nil {
		return
	}
	k.note(func(h *heard) { h.logins++; h.every = time.Duration(p.login.Heartbeat) * time.Second })
	k.answer(p, p.login.Heartbeat)
}

func (k *keeper) answer(p *peer, heartbeat uint32) {
	for {
		p.conn.SetReadDeadline(time.Now().Add(time.Duration(heartbeat) * 1500 * time.Millisecond))
		f, err := p.next()
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				k.note(func(h *heard) { h.idle++ })
			}
			return
		}
		switch f.Type {
		case msgdef.TypePing:
			var m msgdef.Ping
			m.Decode(f.Body)
			k.note(func(h *heard) { h.pings++ })
			p.send(&msgdef.Pong{Nonce: m.Nonce})
		case msgdef.TypeAppState:
			var m msgdef.AppState
			m.Decode(f.Body)
			k.note(func(h *heard) { h.state, h.every = m, time.Duration(m.Heartbeat)*time.Second })
			heartbeat = m.Heartbeat
		}
	}
}

// kept runs a client against a keeper for a while.
func kept(t *testing.T, g *gate, o Options) (*Client, *keeper) {
	k := &keeper{g: g}
	go k.serve()
	c := g.client(o)
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c, k
}

// Behind a NAT the client finds a time between pings that keeps the connection,
// in the background and in the foreground, tells the gate, and knows it after a
// restart.
func TestHeartbeatBehindNAT(t *testing.T) {
	for _, forgets := range []time.Duration{40 * time.Second, 65 * time.Second, 100 * time.Second, 4 * time.Minute, 5*time.Minute + time.Second, time.Hour} {
		for _, background := range []bool{false, true} {
			t.Run(fmt.Sprint(forgets, " background=", background), func(t *testing.T) {
				plain(t, func(t *testing.T, g *gate) { settle(t, g, forgets, background) })
			})
		}
	}
}

func settle(t *testing.T, g *gate, forgets time.Duration, background bool) {
	o := g.options()
	o.Dialer = &nat{Dialer: &g.network, forgets: forgets}
	o.Backoff, o.Network = Backoff{}, "cafe"
	state := new(MemoryState)
	o.State = state
	c, k := kept(t, g, o)
	c.SetAppState(background)
	time.Sleep(12 * time.Hour)
	before, start := k.sum(), time.Now()
	time.Sleep(36 * time.Hour)
	after := k.sum()
	if n := after.logins - before.logins; n != 0 {
		t.Errorf("lost %d connections when it had settled", n)
	}
	most := 3 * time.Minute
	if background {
		most = 9 * time.Minute
	}
	every := time.Since(start) / time.Duration(after.pings-before.pings)
	t.Logf("forgets after %v: %d connections until settled, then a ping every %v", forgets, before.logins, every)
	if every < min(forgets, most)*2/5 || every > min(forgets, most) || every < leastBeat*3/4 {
		t.Errorf("a ping every %v", every)
	}
	if after.state.Background != background {
		t.Errorf("the gate heard last %+v", after.state)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = g.client(o)
	if background {
		c.SetAppState(true)
	}
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := k.sum().every; again != after.every {
		t.Errorf("after a restart it announces %v instead of %v", again, after.every)
	}
}

// A gate never finds a client silent beyond what it announced, while the
// interval grows, and over changes of the app's state.
func TestHeartbeatIsAnnounced(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		c, k := kept(t, g, g.options())
		for i := range 40 {
			time.Sleep(time.Duration(i%7) * 311 * time.Second)
			c.SetAppState(i%2 == 0)
		}
		if h := k.sum(); h.idle != 0 || h.logins != 1 {
			t.Errorf("%d sessions, %d ended for silence", h.logins, h.idle)
		}
	})
}

// In the background nothing wakes the client but the heartbeat; what arrives is
// handled at once; read positions wait. Back in the foreground it pings and asks
// for what it missed.
func TestBackground(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		c.SetAppState(true)
		c.SetAppState(true)
		if s := expect[msgdef.AppState](p); !s.Background || s.Heartbeat != 60 {
			t.Errorf("%+v", s)
		}
		if err := c.MarkRead(testConv, 1); err != nil {
			t.Fatal(err)
		}
		expect[msgdef.Read](p) // once, because the app says so
		p.send(note(1))
		if a := expect[msgdef.Ack](p); a.USeq != 1 {
			t.Errorf("%+v", a)
		}
		wantUSeqs(t, &r, 1)
		p.silent(44 * time.Second)
		ping := expect[msgdef.Ping](p)
		c.SetAppState(false)
		if s := expect[msgdef.AppState](p); s.Background {
			t.Errorf("%+v", s)
		}
		expect[msgdef.Read](p)
		p.send(&msgdef.Pong{Nonce: ping.Nonce, Head: 2})
		expect[msgdef.AppState](p) // 45 s were good
		q := expect[msgdef.GetMsg](p)
		p.send(page(q.Req, 2, 2))
		wantUSeqs(t, &r, 1, 2)
		p.silent(900 * time.Millisecond)
		c.SetAppState(true)
		expect[msgdef.AppState](p)
		expect[msgdef.Ack](p)
		c.SetAppState(false)
		expect[msgdef.AppState](p)
		expect[msgdef.Ping](p)
	})
}

// Without a network tries are far apart in the background, and one comes at once
// when somebody looks; what a server asked for is waited for all the same.
func TestBackgroundReconnect(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		var r recorder
		c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
		c.SetAppState(true)
		g.listener.Close()
		p.conn.Close()
		time.Sleep(2 * time.Hour)
		tries := len(r.phases())
		time.Sleep(3 * time.Hour)
		if n := (len(r.phases()) - tries) / 2; n > 21 {
			t.Errorf("%d tries in 3 hours", n)
		}
		g.listener = must(g.network.Listen("gate"))
		t.Cleanup(func() { g.listener.Close() })
		start := time.Now()
		c.SetAppState(false)
		p = g.accept()
		if time.Since(start) != 0 {
			t.Errorf("tried after %v", time.Since(start))
		}
		p.readLogin()
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeLogin), Code: msgdef.CodeBusy, RetryAfter: 60000})
		synctest.Wait()
		c.SetAppState(true)
		c.SetAppState(false)
		g.accept()
		if time.Since(start) < time.Minute {
			t.Errorf("tried again after %v", time.Since(start))
		}
	})
}
