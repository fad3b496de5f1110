package client

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
)

// second is another gate of the same network, keys and roots.
func (g *gate) second(name string) *gate {
	other := &gate{t: g.t, handshake: g.handshake, roots: g.roots}
	other.listener = must(g.network.Listen(name))
	g.t.Cleanup(func() { other.listener.Close() })
	return other
}

// admitted tells over which of the gates a client came.
func admitted(gates ...*gate) (at chan int, peers chan *peer) {
	at, peers = make(chan int, 16), make(chan *peer, 16)
	for i, g := range gates {
		go func() {
			for {
				conn, err := g.listener.Accept()
				if err != nil {
					return
				}
				one := &gate{t: g.t, handshake: g.handshake, roots: g.roots, listener: &single{conn: conn}}
				p := one.admit(msgdef.LoginOK{})
				at <- i
				peers <- p
			}
		}()
	}
	return at, peers
}

// single is a listener of one connection.
type single struct {
	transport.Listener
	conn transport.Conn
}

func (s *single) Accept() (transport.Conn, error) { return s.conn, nil }

func TestGatesTakeTurns(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Addresses = []string{"second"}
		at, peers := admitted(g, g.second("second"))
		c := g.client(o)
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		last := <-at
		for range 4 { // lost, and asked to move
			(<-peers).conn.Close()
			if now := <-at; now == last {
				t.Errorf("came back to gate %d", now)
			} else {
				last = now
			}
			p := <-peers
			time.Sleep(stableAfter)
			p.send(&msgdef.GoAway{Window: 100})
			if now := <-at; now == last {
				t.Errorf("moved to gate %d, where it was", now)
			} else {
				last = now
			}
		}
	})
}

// TestConnectTriesEveryGate finds the one that is there, whichever is first.
func TestConnectTriesEveryGate(t *testing.T) {
	plain(t, func(t *testing.T, g *gate) {
		first := map[int]bool{}
		for range 40 {
			o := g.options()
			o.Addresses = []string{"nobody", "nobody either"}
			c := g.client(o)
			first[c.gates.at] = true
			later(func() error { return c.Connect(t.Context()) })
			p := g.admit(msgdef.LoginOK{})
			synctest.Wait()
			p.conn.Close()
			c.Close()
		}
		if len(first) != 3 {
			t.Errorf("began with gates %v of 3", first)
		}
		o := g.options()
		o.Address, o.Addresses = "nobody", []string{"nobody either"}
		if err := g.client(o).Connect(t.Context()); !errors.Is(err, ErrUnreachable) {
			t.Errorf("nobody there: %v", err)
		}
	})
}

func TestAddressesAreChecked(t *testing.T) {
	for _, list := range [][]string{nil, {""}, {"a:1", ""}, {"a:1", "b"}} {
		_, err := New(Options{Addresses: list, Account: "alice", Password: "x"})
		var wrong *OptionsError
		if !errors.As(err, &wrong) || len(wrong.Mistakes) < 2 { // there are no roots either
			t.Errorf("%s: %v", fmt.Sprint(list), err)
		}
	}
}
