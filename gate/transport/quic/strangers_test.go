package quic_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport/quic"
)

// TestUnvalidated has clients whose address cannot be told from an invented one:
// no answer reaches them. They fill the room that is there without a proof and
// none beyond, and lose it in time.
func TestUnvalidated(t *testing.T) {
	const room = 8
	l, d := listenWith(t, quic.Options{RetryAbove: room})
	defer l.Close()
	network := newLossy(t, l.Addr(), oneWay)
	ctx, cancel := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for range 4 * room {
		clients.Go(func() { d.Dial(ctx, network.addr()) })
	}
	eventually(t, l, func(s quic.Stats) bool { return s.Retried >= 3*room })
	if s := l.Stats(); s.Pending != room {
		t.Errorf("strangers hold %d handshakes, not %d", s.Pending, room)
	}
	cancel()
	clients.Wait()
	eventually(t, l, func(s quic.Stats) bool { return s.Pending == 0 && s.Failed[quic.ReasonTimeout] == room })
}

// TestNoFirstByte has clients whose main stream is empty: it ended before its
// first byte.
func TestNoFirstByte(t *testing.T) {
	l, d := listenWith(t, quic.Options{Greeting: time.Hour})
	defer l.Close()
	for range 4 {
		main, err := dialRaw(t, l, d).OpenStream()
		if err != nil {
			t.Fatal(err)
		}
		main.Close()
	}
	eventually(t, l, func(s quic.Stats) bool { return s.Failed[quic.ReasonNoStream] == 4 && s.Pending == 0 })
}

// TestUnacceptedHold has a client send all it may to a gate that does not accept.
// The gate holds no more than its window.
func TestUnacceptedHold(t *testing.T) {
	l, d := listenWith(t, quic.Options{Greeting: time.Hour})
	defer l.Close()
	main, err := dialRaw(t, l, d).OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	main.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	n, err := main.Write(append([]byte{quic.StreamMain}, make([]byte, 4<<20)...))
	if err == nil || n > 128<<10 {
		t.Errorf("a gate that accepts nothing took %d bytes, %v", n, err)
	}
}

// TestGoroutines counts what idle connections keep: two of quic-go in a server,
// four in a client, which has a socket of its own, and those of the readers,
// which there are none of here.
func TestGoroutines(t *testing.T) {
	const conns, each = 32, 2 + 4
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	before := runtime.NumGoroutine()
	for range conns {
		client, server := connect(t, l, d)
		exchange(t, client, server)
	}
	limit := before + conns*each
	for stop := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > limit; time.Sleep(time.Millisecond) {
		if time.Now().After(stop) {
			t.Fatalf("%d goroutines for %d idle connections", runtime.NumGoroutine()-before, conns)
		}
	}
}
