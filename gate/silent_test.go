package gate_test

import (
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
)

// TestSilentConnections has many connect over sockets and say nothing. Where the
// transport tells of the first byte none has a goroutine; each ends by its deadline.
func TestSilentConnections(t *testing.T) {
	const silent = 200
	for name, listen := range sockets() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *gate.Options) { o.Times.FirstByte, o.Times.Login = time.Second, time.Second })
			dial := w.overTCP(listen)
			before := runtime.NumGoroutine()
			clients := make([]*client, silent)
			for i := range clients {
				clients[i] = dial()
			}
			for w.gate.Stats().Accepted < silent { // each is, in the end
				time.Sleep(time.Millisecond)
			}
			if now := runtime.NumGoroutine(); name == "events" && now > before+silent/2 {
				t.Errorf("%d goroutines, %d before %d connections that say nothing", now, before, silent)
			}
			for _, c := range clients {
				if n, err := io.Copy(io.Discard, readerOf{c}); n > 0 || err != nil {
					t.Errorf("read %d bytes, %v", n, err)
				}
			}
			w.close() // each is counted
			w.wantCloses(gate.ReasonFirstByte, silent)
		})
	}
}

// TestSilentConnectionsEnd shuts a gate down to which many are connected who have
// said nothing.
func TestSilentConnectionsEnd(t *testing.T) {
	const silent = 50
	for name, listen := range sockets() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			dial := w.overTCP(listen)
			for range silent {
				dial()
			}
			for w.gate.Stats().Accepted < silent {
				time.Sleep(time.Millisecond)
			}
			w.close()
			w.wantCloses(gate.ReasonShutdown, silent)
		})
	}
}
