//go:build linux && !race

package gate_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// TestRestingSessionsAreSmall weighs what a gate keeps for a session at rest, its
// place in all tables and the transport's own included. Each has a user of its
// own, and of the clients only sockets stay. A bound is half as much again as
// what was measured, see tools/bench/RESULTS.md: a table that has just
// doubled is half empty. The detector of races needs larger stacks.
func TestRestingSessionsAreSmall(t *testing.T) { // not parallel: it weighs the heap
	const few, many = 64, 576
	for name, most := range map[string]weight{
		"events":     {heap: 1200, stack: 128},
		"goroutines": {heap: 2100, stack: 3000},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			addr := w.listen(sockets()[name])
			w.rest(addr, 0, few)
			before := w.weigh()
			w.rest(addr, few, many)
			each := weight{}
			for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
				after := w.weigh()
				each = weight{(after.heap - before.heap) / (many - few), (after.stack - before.stack) / (many - few)}
				if each.heap <= most.heap && each.stack <= most.stack {
					break
				}
			}
			t.Logf("for each session %+v", each)
			if each.heap > most.heap || each.stack > most.stack {
				t.Errorf("for each session %+v, want at most %+v", each, most)
			}
			if n := w.gate.Stats().Sessions; n != many {
				t.Errorf("%d sessions stayed, want %d", n, many)
			}
		})
	}
}

// weight is memory in use, in bytes.
type weight struct{ heap, stack int64 }

// weigh returns what is in use when everything else was collected, by two
// collections, since what is pooled survives one.
func (w *world) weigh() weight {
	w.far.forgetAll()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return weight{int64(m.HeapAlloc), int64(m.StackInuse)}
}

// rest logs users in, each over a socket that stays until the test ends, and
// forgets the rest of the clients.
func (w *world) rest(addr string, from, to int) {
	w.t.Helper()
	sockets := make([]int, 0, to-from)
	w.t.Cleanup(func() {
		for _, fd := range sockets {
			_ = syscall.Close(fd)
		}
	})
	for i := from; i < to; i++ {
		conn, err := net.Dial("tcp", addr)
		must(w.t, err)
		c := &client{t: w.t, world: w, conn: plain{conn.(*net.TCPConn)}}
		c.handshake()
		c.enter(loginOf(fmt.Sprint("user", i), 1))
		raw, err := conn.(*net.TCPConn).SyscallConn()
		must(w.t, err)
		must(w.t, raw.Control(func(fd uintptr) {
			var copied int
			copied, err = syscall.Dup(int(fd))
			sockets = append(sockets, copied)
		}))
		must(w.t, err)
		must(w.t, conn.Close())
	}
}

// plain is a socket as the net package has it, for clients that wait.
type plain struct{ *net.TCPConn }

var _ transport.Conn = plain{}

func (plain) ReadPooled(*transport.Pool) ([]byte, int, error) { return nil, 0, errors.ErrUnsupported }
func (plain) TryWrite([]byte) (int, error)                    { return 0, nil }
func (plain) RemoteAddr() netip.AddrPort                      { return netip.AddrPort{} }

// forgetAll empties what a far end remembers of those who came.
func (e *farEnd) forgetAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.entered, e.logins, e.cursors = nil, nil, nil
	clear(e.sessions)
	clear(e.names)
	clear(e.tickets)
}
