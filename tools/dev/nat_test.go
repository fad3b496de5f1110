package dev

import (
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/transporttest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// TestNATForgetsUnderLoad has clients write to one another through a NAT that
// gives all of them other ports again and again: no message is lost, doubled or
// out of order, and no connection is made anew. The same where the gate asks for
// proofs of addresses, and where the clients move by themselves meanwhile.
func TestNATForgetsUnderLoad(t *testing.T) {
	for name, c := range map[string]struct {
		retry, migrate bool
	}{
		"plain":     {},
		"retry":     {retry: true},
		"migrating": {migrate: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorldWith(t, func(o *Options) {
				o.GateLimits.SendRate = -1
				if c.retry {
					o.QUIC = quic.Options{RetryAbove: 1, Greeting: time.Hour}
				}
			})
			defer w.stop() // before the NAT ends: nobody would hear of it
			crowd := newCrowd(w, transporttest.NewNAT(t, w.server.Addr()), c.retry)
			accepted, _, _ := w.server.Stats()
			crowd.talk(c.migrate)
			crowd.check()
			if stats, _, _ := w.server.Stats(); stats.Accepted != accepted.Accepted {
				t.Errorf("%d connections were made anew", stats.Accepted-accepted.Accepted)
			}
		})
	}
}

// crowd is clients behind a NAT, each of which writes to the next.
type crowd struct {
	t     *testing.T
	nat   *transporttest.NAT
	users []*user
	sent  []int // by the user
	lost  []atomic.Int32
}

// newCrowd connects clients; with retry, while somebody who does not finish his
// handshake makes the gate ask them for a proof first.
func newCrowd(w *world, nat *transporttest.NAT, retry bool) *crowd {
	w.t.Helper()
	const users = 8
	c := &crowd{t: w.t, nat: nat, sent: make([]int, users), lost: make([]atomic.Int32, users)}
	if retry {
		defer w.linger()()
	}
	for i := range users {
		o := w.options(fmt.Sprint("user-", i))
		o.Address, o.Dialer = nat.Addr(), client.QUICOnly(w.roots())
		o.OnState = func(s client.Status) {
			if s.Phase == client.Waiting {
				c.lost[i].Add(1)
			}
		}
		c.users = append(c.users, w.connect(o))
	}
	if retried := w.server.udp.(*quic.Listener).Stats().Retried; (retried >= users) != retry {
		w.t.Errorf("%d of %d were asked for a proof", retried, users)
	}
	return c
}

// linger begins a handshake that ends with the returned function.
func (w *world) linger() (leave func()) {
	w.t.Helper()
	config := secure.ClientTLS(w.roots(), time.Now)
	arrived, left := make(chan struct{}), make(chan struct{})
	config.VerifyConnection = func(tls.ConnectionState) error {
		close(arrived)
		<-left
		return secure.ErrUnknownRoot
	}
	var dialing sync.WaitGroup
	dialing.Go(func() {
		if _, err := (quic.Dialer{TLS: config}).Dial(w.t.Context(), w.server.Addr()); err == nil {
			w.t.Error("connected without an end of the handshake")
		}
	})
	<-arrived
	return func() { close(left); dialing.Wait() }
}

// talk has all send at once, while they get other ports; each client follows at
// every one.
func (c *crowd) talk(migrate bool) {
	c.t.Helper()
	const rebindings = 24
	var stop atomic.Bool
	var talking sync.WaitGroup
	for i := range c.users {
		talking.Go(func() { c.sent[i] = c.write(i, &stop) })
	}
	for n := range rebindings {
		if migrate && n%3 == 1 {
			c.move()
		} else {
			c.nat.Rebind()
		}
		eventually(c.t, "the gate to follow", func() bool { return c.nat.Followed(len(c.users)) })
	}
	stop.Store(true)
	talking.Wait()
	if got := c.nat.Clients(); !migrate && got != len(c.users) {
		c.t.Errorf("%d sockets of %d clients", got, len(c.users))
	}
}

// move has the clients open other sockets.
func (c *crowd) move() {
	for _, u := range c.users {
		if err := u.Rebind(u.ctx()); err != nil {
			c.t.Errorf("%s moves: %v", u.Account(), err)
		}
	}
}

// write sends a user's numbers to the next one until stop, and returns how many. It
// does not wait for answers, or nothing might be under way to the gate: then it
// hears of another port with the next Ping.
func (c *crowd) write(i int, stop *atomic.Bool) (n int) {
	room := make(chan struct{}, 1000)
	from, to := c.users[i], c.users[(i+1)%len(c.users)]
	conv := msgdef.Pair(from.UID(), to.UID())
	for ; !stop.Load(); n++ {
		room <- struct{}{}
		from.SendFunc(conv, msgdef.ContentText, []byte(fmt.Sprint(n)), func(_ client.Sent, err error) {
			if err != nil {
				c.t.Error(err)
			}
			<-room
		})
		time.Sleep(2 * time.Millisecond)
	}
	for range cap(room) {
		room <- struct{}{}
	}
	return n
}

// check waits for everything, in order, and for no connection to have been lost.
func (c *crowd) check() {
	c.t.Helper()
	for i, u := range c.users {
		u.send(u.UID(), "tells the gate where its client is now")
		want := c.sent[(i+len(c.users)-1)%len(c.users)]
		next := 0
		u.await(fmt.Sprint(want, " messages"), func() bool {
			next = 0
			for _, m := range u.got {
				if m.From != u.UID() {
					next++
				}
			}
			return next >= want
		})
		next = 0
		for _, m := range u.messages(want) {
			if m.From == u.UID() {
				continue
			}
			if string(m.Body) != fmt.Sprint(next) {
				c.t.Fatalf("%s: %q instead of %d of %d", u.Account(), m.Body, next, want)
			}
			next++
		}
		if n := c.lost[i].Load(); n != 0 || want == 0 {
			c.t.Errorf("%s: lost its connection %d times; %d messages came", u.Account(), n, want)
		}
	}
}

// TestNoDialerNamed goes over QUIC where there is nothing else, and over TCP where
// there is no QUIC.
func TestNoDialerNamed(t *testing.T) {
	w := newWorld(t)
	nat := transporttest.NewNAT(t, w.server.Addr()) // for UDP
	o := w.options("alice")
	o.Address, o.Dialer = nat.Addr(), nil
	alice := w.connect(o)
	alice.send(alice.UID(), "over QUIC")
	alice.close()
	w.stop()
	if nat.Clients() == 0 {
		t.Error("not over UDP")
	}
	w.opts.NoQUIC = true
	w.start()
	o.Address = w.opts.Listen
	alice = w.connect(o)
	alice.send(alice.UID(), "over TCP")
}
