package gate_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/memory"
	"github.com/sim-im/sim/msgdef/secure"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a gate between a farEnd and clients that speak raw bytes over the
// memory transport.
type world struct {
	t       testing.TB
	gate    *gate.Server
	far     *farEnd
	roots   *secure.Roots
	network memory.Network
	served  chan error

	faults int // connections that the test ends without giving a reason

	mu   sync.Mutex
	from netip.Addr // of the connections dialled next; zero: none
	fail error      // what reads of the connections dialled next return; nil: they work
}

// newWorld starts a gate with default options, changed by those given. It is
// shut down when the test ends.
func newWorld(t testing.TB, change ...func(*gate.Options)) *world {
	t.Helper()
	w := &world{t: t, far: newFarEnd(), served: make(chan error, 1)}
	root, err := secure.NewRootKey(rand.Reader)
	must(t, err)
	key, err := secure.NewGateKey(rand.Reader, root, "gate-1", time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour))
	must(t, err)
	w.roots, err = secure.NewRoots(root.Public())
	must(t, err)
	options := gate.Options{
		ID: "g1", Route: w.far, Key: key,
		Suites: []secure.Suite{secure.HybridAESGCM, secure.ClassicalAESGCM},
		Times:  gate.Times{GoAway: -1},
	}
	for _, f := range change {
		f(&options)
	}
	w.gate, err = gate.New(options)
	must(t, err)
	w.far.gate, w.far.epoch = w.gate, w.gate.Epoch()
	l, err := w.network.Listen("gate")
	must(t, err)
	w.serve(l)
	t.Cleanup(w.close)
	return w
}

// serve runs the accept loop; connections get the address that is set.
func (w *world) serve(l transport.Listener) {
	go func() { w.served <- w.gate.Serve(addressed{l, w}) }()
}

// close shuts the gate down, which works however often it was done before.
func (w *world) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.gate.Shutdown(ctx); err != nil {
		w.t.Errorf("shutdown: %v", err)
	}
	if n := w.gate.Stats().Connections; n != 0 {
		w.t.Errorf("%d connections after shutdown", n)
	}
	if n := w.closes(gate.ReasonInternal); n != w.faults {
		w.t.Errorf("%d connections ended without anybody giving a reason", n)
	}
	if err := <-w.served; err != nil && !errors.Is(err, gate.ErrShutdown) { // it may not have begun
		w.t.Errorf("serve: %v", err)
	}
	w.served <- nil
}

// address sets where the next connections come from.
func (w *world) address(addr string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.from = netip.MustParseAddr(addr)
}

// addressed gives connections of the memory transport addresses.
type addressed struct {
	transport.Listener
	world *world
}

func (l addressed) Accept() (transport.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	if l.world.fail != nil {
		return failing{c, l.world.fail}, nil
	}
	if !l.world.from.IsValid() {
		return c, nil
	}
	return located{c, netip.AddrPortFrom(l.world.from, 4000)}, nil
}

// failing is a connection that cannot be read.
type failing struct {
	transport.Conn
	err error
}

func (c failing) ReadPooled(*transport.Pool) ([]byte, int, error) { return nil, 0, c.err }

type located struct {
	transport.Conn
	addr netip.AddrPort
}

func (c located) RemoteAddr() netip.AddrPort { return c.addr }

// closes returns how many connections ended for a reason.
func (w *world) closes(r gate.Reason) int { return int(w.gate.Stats().Closes[r]) }

// wantCloses fails unless exactly n connections ended for a reason. A client may
// see its end before the gate has counted it, so that is waited for.
func (w *world) wantCloses(r gate.Reason, n int) {
	w.t.Helper()
	for start := time.Now(); w.closes(r) < n && time.Since(start) < 10*time.Second; {
		time.Sleep(time.Millisecond)
	}
	if got := w.closes(r); got != n {
		w.t.Errorf("%d closed for %v, want %d; all: %v", got, r, n, w.gate.Stats().Closes)
	}
}

// virtual runs a test in a bubble with a clock of its own, so that deadlines of
// minutes pass at once and exactly.
func virtual(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
