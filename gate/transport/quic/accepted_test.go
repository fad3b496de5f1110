package quic_test

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
)

// crowd is how many dial at once. quic-go queues 32 connections whose handshakes
// are complete.
const crowd = 250

// TestCrowd dials many at once over a network that loses packets. Whoever got
// through is accepted, or fails in time because the network lost too much; none
// is refused after its handshake.
func TestCrowd(t *testing.T) {
	l, d := listenWith(t, quic.Options{PendingPerAddress: 2 * crowd, Linger: 10 * time.Millisecond})
	hangUp := echoAll(l)
	network := newLossy(t, l.Addr(), percent(5))
	var clients sync.WaitGroup
	var through atomic.Uint64
	for range crowd {
		clients.Go(func() {
			c, err := d.Dial(context.Background(), network.addr())
			if err != nil {
				return // the network lost too much
			}
			defer c.Close()
			switch err := roundTrip(c); {
			case err == nil:
				through.Add(1)
			case errors.Is(err, os.ErrDeadlineExceeded):
				t.Error("a connection that was dialled waits for ever")
			}
		})
	}
	clients.Wait()
	refused := l.Stats().Failed[quic.ReasonRefused] // closing refuses halves of handshakes, which may be left
	l.Close()
	hangUp()
	eventually(t, l, func(s quic.Stats) bool { return s.Pending == 0 })
	s := l.Stats()
	if got := through.Load(); got == 0 || s.Accepted < got || refused != 0 {
		t.Errorf("%d dials of %d went well, %d were refused: %+v", got, crowd, refused, s)
	}
}

// echoAll accepts until the listener closes, and returns to each connection what
// it sends. The ends of the clients may get lost, so hangUp closes all that is
// left.
func echoAll(l transport.Listener) (hangUp func()) {
	var conns []transport.Conn
	var work sync.WaitGroup
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
			work.Go(func() { io.Copy(writer{c}, c) })
		}
	}()
	return func() {
		<-accepting
		for _, c := range conns {
			c.Close()
		}
		work.Wait()
	}
}

// roundTrip sends a byte that comes back.
func roundTrip(c transport.Conn) error {
	if err := c.SetReadDeadline(time.Now().Add(60 * time.Second)); err != nil {
		return err
	}
	if _, err := c.Write([]byte{1}); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 1))
	return err
}

// TestNeverAccepted has nobody accept a connection, and the network lose what
// tells the client so. Its reader learns it all the same, in time.
func TestNeverAccepted(t *testing.T) {
	l, d := listenWith(t, quic.Options{Greeting: 20 * time.Millisecond})
	defer l.Close()
	c, network := unaccepted(t, l, d, 50*time.Millisecond)
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("read of a connection that nobody accepted: %v", err)
	}
	if _, err := c.Write([]byte{1}); err == nil {
		t.Error("a write after that went well")
	}
	network.change(nothing)
}

// unaccepted dials a listener that accepts nothing, and then loses its packets.
func unaccepted(t *testing.T, l *quic.Listener, d quic.Dialer, greeting time.Duration) (transport.Conn, *lossy) {
	t.Helper()
	network := newLossy(t, l.Addr(), nothing)
	d.Greeting = greeting
	c, err := d.Dial(context.Background(), network.addr())
	if err != nil {
		t.Fatal(err)
	}
	network.change(oneWay)
	t.Cleanup(func() { c.Close() })
	eventually(t, l, func(s quic.Stats) bool {
		return s.Failed[quic.ReasonUnaccepted]+s.Failed[quic.ReasonNoStream] == 1
	})
	return c, network
}

// TestForgotten writes to a server that has forgotten the connection, the news
// of which was lost: the write, or one soon after, fails.
func TestForgotten(t *testing.T) {
	l, d := listenWith(t, quic.Options{Greeting: 20 * time.Millisecond})
	defer l.Close()
	c, network := unaccepted(t, l, d, time.Hour)
	time.Sleep(time.Second) // quic-go repeats the news for a while; this is about afterwards
	network.change(nothing)
	c.SetWriteDeadline(time.Now().Add(20 * time.Second))
	var err error
	for ; err == nil; time.Sleep(time.Millisecond) {
		_, err = c.Write(make([]byte, 32))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("writes to a server that knows nothing of the connection: %v", err)
	}
}

// TestAcceptedLate has the reader come before Accept does, and give up in
// between: nothing is lost.
func TestAcceptedLate(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	c, err := d.Dial(context.Background(), l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read before the connection is accepted: %v", err)
	}
	c.SetReadDeadline(time.Time{})
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	exchange(t, c.(*quic.Conn), server.(*quic.Conn))
}
