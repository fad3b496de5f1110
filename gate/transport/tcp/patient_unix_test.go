//go:build unix

package tcp_test

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// TestPatient waits with nothing in hand: what came is still there to be read,
// also after much was read before, and a deadline, the peer's end and the own
// Close end the wait.
func TestPatient(t *testing.T) {
	l, d := listen(t)
	defer l.Close()
	peer, err := d.Dial(context.Background(), l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := conn.(transport.Patient)
	var pool transport.Pool
	for _, text := range []string{"first", "second"} {
		go func() { _, _ = peer.Write([]byte(text)) }()
		if err := c.AwaitBytes(); err != nil {
			t.Fatal(err)
		}
		buf, n, err := c.ReadPooled(&pool)
		if err != nil || string(buf[:n]) != text {
			t.Fatalf("%q, %v, want %q", buf[:n], err, text)
		}
		pool.Put(buf)
	}
	for _, at := range []time.Time{time.Unix(1, 0), time.Now().Add(time.Millisecond)} {
		_ = c.SetReadDeadline(at)
		if err := c.AwaitBytes(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after the deadline: %v", err)
		}
	}
	_ = c.SetReadDeadline(time.Time{})
	peer.Close()
	if err := c.AwaitBytes(); err != nil {
		t.Errorf("at the peer's end: %v", err)
	}
	if _, _, err := c.ReadPooled(&pool); !errors.Is(err, io.EOF) {
		t.Errorf("then: %v", err)
	}
	c.Close()
	if err := c.AwaitBytes(); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestPatientIsClosed while it waits.
func TestPatientIsClosed(t *testing.T) {
	l, d := listen(t)
	defer l.Close()
	peer, err := d.Dial(context.Background(), l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	go func() { waited <- conn.(transport.Patient).AwaitBytes() }()
	time.Sleep(time.Millisecond) // most often it waits by then
	conn.Close()
	if err := <-waited; !errors.Is(err, transport.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
