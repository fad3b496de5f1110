package dev

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// watched is a dialer that remembers what it dialled.
type watched struct {
	transport.Dialer

	mu   sync.Mutex
	last transport.Conn
}

// Dial implements transport.Dialer.
func (w *watched) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	conn, err := w.Dialer.Dial(ctx, addr)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = conn
	return conn, err
}

// kind tells over what the last connection goes.
func (w *watched) kind() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.last.(*quic.Conn); ok {
		return "quic"
	}
	return "tcp"
}

// overQUIC connects a new device of a user over QUIC.
func (w *world) overQUIC(name string) *user {
	w.t.Helper()
	options := w.options(name)
	options.Dialer = client.QUICOnly(w.roots())
	return w.connect(options)
}

// TestQUICAndTCPTalk has two users talk over both, while the address of one
// changes again and again.
func TestQUICAndTCPTalk(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.overQUIC("alice"), w.user("bob")
	accepted, _, _ := w.server.Stats()
	const moves, each = 3, 10
	for move := range moves {
		for i := range each {
			alice.send(bob.UID(), fmt.Sprint("from alice ", move*each+i))
			bob.send(alice.UID(), fmt.Sprint("from bob ", move*each+i))
		}
		if err := alice.Rebind(alice.ctx()); err != nil {
			t.Fatalf("move %d: %v", move, err)
		}
	}
	alice.send(bob.UID(), "still here")
	for _, u := range []struct {
		*user
		from string
	}{{alice, "from bob"}, {bob, "from alice"}} {
		for i, m := range u.messages(moves * each)[:moves*each] {
			if want := fmt.Sprint(u.from, " ", i); string(m.Body) != want {
				t.Errorf("message %d is %q, want %q", i, m.Body, want)
			}
		}
	}
	if stats, _, _ := w.server.Stats(); stats.Accepted != accepted.Accepted {
		t.Errorf("%d connections were made anew", stats.Accepted-accepted.Accepted)
	}
}

// TestMessagesFlowWhileTheAddressChanges has a thousand messages under way each
// way while the client migrates: none is lost, doubled or out of order, and no
// connection is made anew.
func TestMessagesFlowWhileTheAddressChanges(t *testing.T) {
	w := newWorld(t)
	w.opts.GateLimits.SendRate = -1
	w.stop()
	w.start()
	alice, bob := w.overQUIC("alice"), w.user("bob")
	accepted, _, _ := w.server.Stats()
	const messages = 1000
	var sending sync.WaitGroup
	conv := msgdef.Pair(alice.UID(), bob.UID())
	var moved sync.WaitGroup
	done := make(chan struct{})
	moves := 0
	moved.Go(func() {
		for range quic.MaxMigrations / 2 {
			if err := alice.Rebind(alice.ctx()); err != nil {
				t.Errorf("move %d: %v", moves, err)
				return
			}
			moves++
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	for i := range messages {
		for _, u := range []*user{alice, bob} {
			sending.Add(1)
			u.SendFunc(conv, msgdef.ContentText, []byte(fmt.Sprint(i)), func(_ client.Sent, err error) {
				if err != nil {
					t.Error(err)
				}
				sending.Done()
			})
		}
	}
	sending.Wait()
	close(done)
	moved.Wait()
	if err := alice.Rebind(alice.ctx()); err != nil { // one that nobody can have missed
		t.Error(err)
	}
	alice.send(bob.UID(), "last")
	bob.send(alice.UID(), "last")
	for _, u := range []*user{alice, bob} {
		got := u.messages(messages + 1)
		for i := range messages {
			if string(got[i].Body) != fmt.Sprint(i) {
				t.Fatalf("message %d is %q", i, got[i].Body)
			}
		}
		if string(got[messages].Body) != "last" {
			t.Errorf("%q at the end", got[messages].Body)
		}
	}
	if stats, _, _ := w.server.Stats(); stats.Accepted != accepted.Accepted || moves == 0 {
		t.Errorf("%d connections were made anew after %d moves", stats.Accepted-accepted.Accepted, moves)
	}
}

// TestHistoryOverQUIC brings pages: of the inbox of a device that was away, and
// of a conversation.
func TestHistoryOverQUIC(t *testing.T) {
	w := newWorld(t)
	w.opts.GateLimits.SendRate = -1
	w.stop()
	w.start()
	bob, alice := w.user("bob"), w.overQUIC("alice")
	const messages = 700
	var sending sync.WaitGroup
	for i := range messages {
		sending.Add(1)
		bob.SendFunc(msgdef.Pair(bob.UID(), alice.UID()), msgdef.ContentText, []byte(fmt.Sprint(i)), func(_ client.Sent, err error) {
			if err != nil {
				t.Error(err)
			}
			sending.Done()
		})
	}
	sending.Wait()
	late := w.overQUIC("alice")
	for i, m := range late.messages(messages)[:messages] {
		if string(m.Body) != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, m.Body)
		}
	}
	if got := late.history(msgdef.Pair(bob.UID(), alice.UID()), 200); len(got) != messages {
		t.Errorf("%d messages of history", len(got))
	}
}

// TestRestartUnderQUIC comes back to a server that was stopped in order.
func TestRestartUnderQUIC(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.overQUIC("alice"), w.overQUIC("bob")
	alice.send(bob.UID(), "before")
	w.stop()
	w.start()
	alice.send(bob.UID(), "after")
	if got := bob.messages(2); string(got[1].Body) != "after" {
		t.Errorf("%q", got[1].Body)
	}
}

// TestBlockedUDPFallsBack connects where UDP packets vanish, and where nobody
// listens for them.
func TestBlockedUDPFallsBack(t *testing.T) {
	w := newWorld(t)
	preferring := client.QUIC(w.roots()).(*transport.Fallback)
	preferring.Patience = patience // however busy the machine is
	dialer := &watched{Dialer: preferring}
	options := w.options("alice")
	options.Dialer = dialer
	alice := w.connect(options)
	if dialer.kind() != "quic" {
		t.Error("QUIC is there and was not taken")
	}
	alice.close()
	w.stop()
	w.opts.NoQUIC = true
	w.start()
	for _, vanish := range []bool{false, true} {
		if vanish {
			hole, err := net.ListenPacket("udp", w.opts.Listen)
			if err != nil {
				t.Fatal(err)
			}
			defer hole.Close()
		}
		dialer = &watched{Dialer: client.QUIC(w.roots())}
		options = w.options("alice")
		options.Dialer = dialer
		alice = w.connect(options)
		if alice.send(alice.UID(), "works"); dialer.kind() != "tcp" {
			t.Errorf("vanish %t: connected over QUIC", vanish)
		}
		if err := alice.Rebind(alice.ctx()); err != nil {
			t.Errorf("TCP does not move, and that is no error: %v", err)
		}
	}
}

// refusal connects over QUIC with a client that should not trust, or not be
// understood.
func (w *world) refusal(dialer transport.Dialer) error {
	w.t.Helper()
	options := w.options("alice")
	options.Dialer = dialer
	c, err := client.New(options)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	return c.Connect(ctx)
}

func TestQUICRefusals(t *testing.T) {
	w := newWorld(t)
	stranger, err := secure.NewRootKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := secure.NewRoots(stranger.Public())
	if err != nil {
		t.Fatal(err)
	}
	err = w.refusal(client.QUICOnly(roots))
	if !errors.Is(err, client.ErrUntrusted) || !errors.Is(err, secure.ErrUnknownRoot) {
		t.Errorf("other roots: %v", err)
	}
	later := func() (now time.Time) { return time.Now().Add(1000 * time.Hour) }
	err = w.refusal(quic.Dialer{TLS: secure.ClientTLS(w.roots(), later)})
	if !errors.Is(err, secure.ErrExpired) {
		t.Errorf("after the certificate's end: %v", err)
	}
	config := secure.ClientTLS(w.roots(), time.Now)
	config.NextProtos = []string{"h3"}
	var failed *quic.HandshakeError
	err = w.refusal(quic.Dialer{TLS: config})
	if !errors.As(err, &failed) || failed.Reason != quic.ReasonProtocol {
		t.Errorf("another protocol: %v", err)
	}
	if err := w.refusal(tcp.Dialer{}); err != nil {
		t.Errorf("TCP beside it: %v", err)
	}
}
