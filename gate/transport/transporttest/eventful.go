package transporttest

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// Eventful checks transports whose accepted connections are
// transport.Eventful, beside Run.
func Eventful(t *testing.T, open Factory) {
	checks := map[string]func(*testing.T, Factory){
		"bytes wake":              bytesWake,
		"an end wakes":            endWakes,
		"close wakes":             closeWakes,
		"a deadline wakes":        deadlineWakes,
		"no await with something": awaitWithSomething,
		"no wake-up is lost":      noWakeUpLost,
		"numbers are used again":  numbersUsedAgain,
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) { check(t, open) })
	}
}

// waker tells when it was called.
type waker chan struct{}

// Readable implements transport.Awaiter.
func (w waker) Readable() { w <- struct{}{} }

func (w waker) wait(t *testing.T, what string) {
	t.Helper()
	select {
	case <-w:
	case <-time.After(patience):
		t.Fatalf("%s: nobody was woken", what)
	}
}

// silent fails if somebody was woken already.
func (w waker) silent(t *testing.T, what string) {
	t.Helper()
	select {
	case <-w:
		t.Errorf("%s: woken for nothing", what)
	default:
	}
}

// awaiting returns a pair whose server side awaits, after reading what was
// there.
func awaiting(t *testing.T, open Factory) (client transport.Conn, server transport.Eventful, w waker) {
	t.Helper()
	client, conn := pair(t, open)
	server, ok := conn.(transport.Eventful)
	if !ok {
		t.Fatalf("%T is not Eventful", conn)
	}
	w = make(waker, 1)
	if !server.Await(w) {
		t.Fatal("a new connection has something to read")
	}
	return client, server, w
}

func bytesWake(t *testing.T, open Factory) {
	client, server, w := awaiting(t, open)
	for i := range byte(3) {
		w.silent(t, "before a write")
		if err := send(client, []byte{i}); err != nil {
			t.Fatal(err)
		}
		w.wait(t, "a write")
		var b [2]byte
		if n, err := server.Read(b[:]); n != 1 || b[0] != i || err != nil {
			t.Errorf("read %d of %v, %v", n, b, err)
		}
		if !server.Await(w) {
			t.Fatal("everything was read, and there is something")
		}
	}
}

func endWakes(t *testing.T, open Factory) {
	client, server, w := awaiting(t, open)
	client.Close()
	w.wait(t, "the peer's close")
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read: %v", err)
	}
	if server.Await(w) {
		t.Error("an end can be awaited")
	}
}

func closeWakes(t *testing.T, open Factory) {
	_, server, w := awaiting(t, open)
	server.Close()
	w.wait(t, "close")
	if server.Await(w) {
		t.Error("a closed connection can be awaited")
	}
}

func deadlineWakes(t *testing.T, open Factory) {
	for _, ahead := range []time.Duration{soon, -time.Second} {
		_, server, w := awaiting(t, open)
		if err := server.SetReadDeadline(time.Now().Add(ahead)); err != nil {
			t.Fatal(err)
		}
		w.wait(t, "a deadline")
		if server.Await(w) {
			t.Error("a deadline that has passed can be awaited")
		}
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
		server.SetReadDeadline(time.Time{})
		if !server.Await(w) {
			t.Error("the deadline was lifted, and there is something")
		}
	}
}

func awaitWithSomething(t *testing.T, open Factory) {
	client, server, w := awaiting(t, open)
	if err := send(client, []byte("abc")); err != nil {
		t.Fatal(err)
	}
	w.wait(t, "a write")
	if _, err := server.Read(make([]byte, 1)); err != nil { // fills it: there may be more
		t.Fatal(err)
	}
	if server.Await(w) {
		t.Error("there is something left, and it is awaited")
	}
}

// echoer returns what it reads, as a gate attends: it ends when there is
// nothing, and goes on when it is woken.
type echoer struct {
	conn transport.Eventful
	pool *transport.Pool
	open *sync.WaitGroup // until the end
}

// Readable implements transport.Awaiter.
func (e *echoer) Readable() {
	for !e.conn.Await(e) {
		buf, n, err := e.conn.ReadPooled(e.pool)
		if err == nil {
			_, err = e.conn.Write(buf[:n])
			e.pool.Put(buf)
		}
		if err != nil {
			e.conn.Close()
			e.open.Done()
			return
		}
	}
}

// noWakeUpLost has many connections echo small writes that come at any time:
// one that is not woken for its last bytes never answers.
func noWakeUpLost(t *testing.T, open Factory) {
	conns, writes := 400, 100
	if testing.Short() || raceEnabled {
		conns, writes = 100, 40
	}
	l, d := open(t)
	defer l.Close()
	var pool transport.Pool
	var clients, echoers sync.WaitGroup
	for range conns {
		client, server := connect(t, l, d)
		echoers.Add(1)
		go (&echoer{server.(transport.Eventful), &pool, &echoers}).Readable()
		clients.Go(func() {
			defer client.Close()
			client.SetReadDeadline(time.Now().Add(patience))
			for n := range writes {
				p := counting(n, 1+rand.IntN(700))
				cut := rand.IntN(len(p))
				if errors.Join(send(client, p[:cut]), send(client, p[cut:])) != nil {
					t.Error("the server has closed")
					return
				}
				got := make([]byte, len(p))
				if err := full(client, got); err != nil || string(got) != string(p) {
					t.Errorf("write %d of %d bytes was not answered: %v", n, len(p), err)
					return
				}
			}
		})
	}
	clients.Wait()
	echoers.Wait()
}

// numbersUsedAgain closes connections on both sides while bytes arrive, so that
// the numbers of their sockets are those of the next ones: these get no bytes and
// no end but their own.
func numbersUsedAgain(t *testing.T, open Factory) {
	rounds := 300
	if testing.Short() || raceEnabled {
		rounds = 60
	}
	l, d := open(t)
	defer l.Close()
	var pool transport.Pool
	var echoers, closers sync.WaitGroup
	for i := range rounds {
		victim, doomed := connect(t, l, d)
		echoers.Add(1)
		go (&echoer{doomed.(transport.Eventful), &pool, &echoers}).Readable()
		closers.Go(func() { _, _ = victim.TryWrite([]byte("of the one before")) })
		closers.Go(func() { doomed.Close() })
		client, server := connect(t, l, d)
		echoers.Add(1)
		go (&echoer{server.(transport.Eventful), &pool, &echoers}).Readable()
		want := counting(i, 64)
		if err := send(client, want); err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		got := make([]byte, len(want))
		client.SetReadDeadline(time.Now().Add(patience))
		if err := full(client, got); err != nil || string(got) != string(want) {
			t.Fatalf("round %d: %q, %v", i, got, err)
		}
		client.Close()
		victim.Close()
	}
	closers.Wait()
	echoers.Wait()
}
