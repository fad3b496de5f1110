package dev

import (
	"context"
	"math/rand/v2"
	"sync"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
)

// flaky is a Dialer whose connections are cut: all at once when a test says so,
// and by chance after a few reads or writes, so that answers are lost too.
type flaky struct {
	transport.Dialer
	random *rand.Rand // nil: never by chance

	mu    sync.Mutex
	conns []transport.Conn
}

// Dial implements transport.Dialer.
func (f *flaky) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	conn, err := f.Dialer.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns = append(f.conns, conn)
	if f.random == nil || f.random.IntN(2) == 0 {
		return conn, nil
	}
	return &frail{Conn: conn, left: f.random.IntN(8)}, nil
}

// cut ends the connections there are.
func (f *flaky) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, conn := range f.conns {
		conn.Close()
	}
	f.conns = nil
}

// frail is a connection that breaks after some calls.
type frail struct {
	transport.Conn
	mu   sync.Mutex
	left int
}

func (f *frail) spend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left < 0 {
		f.Conn.Close()
	}
}

// Read implements transport.Conn.
func (f *frail) Read(p []byte) (int, error) {
	f.spend()
	return f.Conn.Read(p)
}

// ReadPooled implements transport.Conn.
func (f *frail) ReadPooled(pool *transport.Pool) ([]byte, int, error) {
	f.spend()
	return f.Conn.ReadPooled(pool)
}

// TryWrite implements transport.Conn.
func (f *frail) TryWrite(p []byte) (int, error) {
	defer f.spend()
	return f.Conn.TryWrite(p)
}

// comebacks counts how a client came online.
type comebacks struct {
	mu            sync.Mutex
	full, resumed int
}

func (b *comebacks) note(s client.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case s.Phase == client.Online && s.Resumed:
		b.resumed++
	case s.Phase == client.Online:
		b.full++
	}
}

func (b *comebacks) counts() (full, resumed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.full, b.resumed
}

// keeping is a state that tells how many tickets it has.
type keeping struct {
	client.MemoryState
	mu     sync.Mutex
	latest client.Snapshot
}

// Save implements client.State.
func (k *keeping) Save(s client.Snapshot) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.latest = s
	k.latest.Tickets = append([]client.Ticket(nil), s.Tickets...)
	return k.MemoryState.Save(s)
}

func (k *keeping) saved() client.Snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.latest
}
