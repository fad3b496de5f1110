package transporttest

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// Frugal checks what a server with many connections relies on: an idle
// connection holds no read buffer, TryWrite writes, and neither reads nor
// writes allocate.
func Frugal(t *testing.T, open Factory) {
	Idle(t, open)
	t.Run("no allocation", func(t *testing.T) { noAllocation(t, open) })
}

// Idle checks the part of Frugal that transports keep whose packets cost
// allocations of their own.
func Idle(t *testing.T, open Factory) {
	t.Run("idle holds no buffer", func(t *testing.T) { idle(t, open) })
	t.Run("try-write makes progress", func(t *testing.T) { progress(t, open) })
}

// idle parks readers and waits until the heap has no room for their buffers.
func idle(t *testing.T, open Factory) {
	const conns = 256
	l, d := open(t)
	defer l.Close()
	var servers []transport.Conn
	for range conns {
		_, server := connect(t, l, d)
		servers = append(servers, server)
	}
	before := heap()
	var pool transport.Pool
	var readers sync.WaitGroup
	for _, server := range servers {
		readers.Go(func() {
			if buf, _, err := server.ReadPooled(&pool); err == nil {
				pool.Put(buf)
			}
		})
	}
	limit := before + conns*transport.BufferSize/4
	for stop := time.Now().Add(patience); heap() > limit; {
		if time.Now().After(stop) {
			t.Errorf("%d idle readers: the heap holds %d KiB more, their buffers are %d KiB",
				conns, (heap()-before)>>10, conns*transport.BufferSize>>10)
			break
		}
		time.Sleep(time.Millisecond)
	}
	for _, server := range servers {
		server.Close()
	}
	readers.Wait()
}

// heap returns the live bytes of the heap. A pool keeps what it has for two
// collections.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// progress finds that a write on an open way is taken whole.
func progress(t *testing.T, open Factory) {
	client, _ := pair(t, open)
	if n, err := client.TryWrite(make([]byte, 1024)); n != 1024 || err != nil {
		t.Errorf("TryWrite of 1024 bytes on an empty connection = %d, %v", n, err)
	}
}

// noAllocation counts allocations of a message there and back. Each end waits
// for the other, so most reads park before there is something.
func noAllocation(t *testing.T, open Factory) {
	client, server := pair(t, open)
	done := make(chan error, 1)
	pool := new(transport.Pool)
	message := make([]byte, 512)
	go func() {
		for {
			if err := receive(server, pool, len(message)); err != nil {
				done <- err
				return
			}
			if err := send(server, message); err != nil {
				done <- err
				return
			}
		}
	}()
	allocs := testing.AllocsPerRun(500, func() {
		if err := send(client, message); err != nil {
			t.Fatal(err)
		}
		if err := receive(client, pool, len(message)); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 && !raceEnabled {
		t.Errorf("%v allocations for a message there and back", allocs)
	}
	client.Close()
	if err := within(t, "echo", done); !atEnd(err) {
		t.Errorf("echo: %v", err)
	}
}

// receive reads n bytes and forgets them.
func receive(c transport.Conn, pool *transport.Pool, n int) error {
	for n > 0 {
		buf, got, err := c.ReadPooled(pool)
		if err != nil {
			return err
		}
		pool.Put(buf)
		n -= got
	}
	return nil
}
