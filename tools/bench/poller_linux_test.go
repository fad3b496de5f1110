package bench

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// polledPair is a counted client connection and its server end.
func polledPair(t *testing.T) (client, server transport.Conn) {
	t.Helper()
	l, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := &counting{Dialer: tcp.Dialer{}, traffic: new(traffic)}
	if client, err = d.Dial(context.Background(), l.Addr()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return client, server
}

// ends is told of the end of a connection.
type ends chan error

func (e ends) took(frame.Frame) error { return errors.New("a frame without a session") }
func (e ends) over() error            { return nil }
func (e ends) broke(err error)        { e <- err }

// TestPollerTellsEnds has some peers end, and says so for each; then it closes the
// others itself, which is no news, and run returns.
func TestPollerTellsEnds(t *testing.T) {
	var closing atomic.Bool
	p, err := newPoller(closing.Load)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(ends, 10)
	var links []*lean
	var servers []transport.Conn
	for range cap(heard) {
		client, server := polledPair(t)
		l := &lean{conn: client, keys: new(secure.Session)}
		if ok, err := p.take(l, heard); !ok || err != nil {
			t.Fatalf("taken %v, %v", ok, err)
		}
		links, servers = append(links, l), append(servers, server)
	}
	done := make(chan struct{})
	go func() {
		p.run()
		close(done)
	}()
	for range 3 {
		servers[0].Close()
		servers = servers[1:]
		if err := <-heard; !errors.Is(err, io.EOF) {
			t.Errorf("told of %v", err)
		}
	}
	closing.Store(true)
	for _, l := range links {
		l.conn.Close()
	}
	<-done
	if len(heard) > 0 {
		t.Errorf("told of %v, which it has closed itself", <-heard)
	}
	if _, err := links[9].conn.Write([]byte("late")); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("write to one that has ended: %v", err)
	}
}

// TestDetach: the peer of a connection that is detached notices nothing, and what is
// not over bare TCP is left alone.
func TestDetach(t *testing.T) {
	client, server := polledPair(t)
	s, err := detach(client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 10)
	if _, err := io.ReadFull(server, got); err != nil || string(got) != "still here" {
		t.Errorf("read %q, %v", got, err)
	}
	if w, r := s.lane.writes.Load(), s.lane.out.Load(); w != 1 || r != 10 {
		t.Errorf("counted %d writes of %d bytes", w, r)
	}
	if err := s.giveBack(); err != nil {
		t.Error(err)
	}
	if n, err := server.Read(got); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if s, err := detach(server); s != nil || err != nil {
		t.Errorf("an uncounted one: %v, %v", s, err)
	}
}
