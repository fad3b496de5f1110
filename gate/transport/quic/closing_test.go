package quic_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"syscall"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/quic"
)

// TestLastWords closes a connection with a full send buffer. The peer, which
// starts to read only then, gets all of it and the end.
func TestLastWords(t *testing.T) {
	l, d := listenWith(t, quic.Options{Linger: time.Hour})
	defer l.Close()
	client, server := connect(t, l, d)
	want := 0
	for {
		n, err := server.TryWrite(make([]byte, 8<<10))
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		want += n
	}
	server.Close()
	client.SetReadDeadline(time.Now().Add(20 * time.Second))
	got, err := io.ReadAll(client)
	if err != nil || len(got) != want {
		t.Errorf("read %d of %d bytes, %v", len(got), want, err)
	}
	if _, err := client.Write([]byte{1}); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("write after the peer's end: %v", err)
	}
}

// TestCloseWakesBulk closes a connection that lingers for an hour: who waits for
// a bulk stream returns all the same.
func TestCloseWakesBulk(t *testing.T) {
	l, d := listenWith(t, quic.Options{Linger: time.Hour})
	defer l.Close()
	client, server := connect(t, l, d)
	b, err := server.OpenBulk()
	if err != nil {
		t.Fatal(err)
	}
	waits := make(chan error, 2)
	go func() {
		_, err := b.Write(make([]byte, 16<<20))
		waits <- err
	}()
	go func() {
		_, err := server.AcceptBulk(context.Background())
		waits <- err
	}()
	if _, err := client.AcceptBulk(context.Background()); err != nil { // the write is under way
		t.Fatal(err)
	}
	server.Close()
	for range 2 {
		select {
		case err := <-waits:
			if !errors.Is(err, transport.ErrClosed) {
				t.Errorf("a wait on a connection that closes: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("still waiting")
		}
	}
}

// TestLingerEnds closes a connection to a peer that reads nothing: it is gone
// after Linger, and the peer learns that it has not got everything.
func TestLingerEnds(t *testing.T) {
	l, d := listenWith(t, quic.Options{Linger: 20 * time.Millisecond})
	defer l.Close()
	client, server := connect(t, l, d)
	if _, err := server.Write([]byte("never read")); err != nil {
		t.Fatal(err)
	}
	server.Close()
	client.SetWriteDeadline(time.Now().Add(20 * time.Second))
	var err error
	for err == nil {
		_, err = client.Write(make([]byte, 1024))
	}
	if !errors.Is(err, syscall.EPIPE) {
		t.Errorf("write to a peer that left: %v", err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read of what came too late to be read: %v", err)
	}
}

// TestReset ends the connection without the end of the stream.
func TestReset(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	defer l.Close()
	raw, err := quicgo.DialAddr(context.Background(), l.Addr(), d.TLS, nil)
	if err != nil {
		t.Fatal(err)
	}
	main, err := raw.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := main.Write([]byte{quic.StreamMain}); err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	raw.CloseWithError(7, "gone")
	server.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read of a connection that was reset: %v", err)
	}
	if _, err := server.Write([]byte{1}); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("write to a connection that was reset: %v", err)
	}
}

// TestClosedListenerIsGone closes a listener while clients that nothing reaches, and
// clients that open no stream, are on their way. Its address is free at once.
func TestClosedListenerIsGone(t *testing.T) {
	id := newIdentity(t)
	l, err := quic.Listen("127.0.0.1:0", id.server, quic.Options{Greeting: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	network := newLossy(t, l.Addr(), oneWay)
	d := quic.Dialer{TLS: id.client}
	ctx, cancel := context.WithCancel(context.Background())
	var unreached sync.WaitGroup
	defer unreached.Wait()
	defer cancel()
	unreached.Go(func() { d.Dial(ctx, network.addr()) })
	silent := dialRaw(t, l, d)
	eventually(t, l, func(s quic.Stats) bool { return s.Pending == 2 })
	l.Close()
	again, err := quic.Listen(l.Addr(), id.server, quic.Options{})
	for stop := time.Now().Add(30 * time.Second); err != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(stop) { // a client of somebody else's has it for no longer
			t.Fatal(err)
		}
		again, err = quic.Listen(l.Addr(), id.server, quic.Options{})
	}
	again.Close()
	silent.CloseWithError(0, "")
	eventually(t, l, func(s quic.Stats) bool { return s.Pending == 0 })
}

// TestClosedListenerRefuses dials a listener that closed while a connection
// still uses its socket.
func TestClosedListenerRefuses(t *testing.T) {
	l, d := listenWith(t, quic.Options{})
	client, server := connect(t, l, d)
	l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err := d.Dial(ctx, l.Addr())
	var failed *quic.HandshakeError
	if !errors.As(err, &failed) || failed.Reason != quic.ReasonRefused {
		t.Errorf("dial to a listener that closed: %v", err)
	}
	exchange(t, client, server)
}
