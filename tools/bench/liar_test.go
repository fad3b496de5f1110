package bench_test

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/bench/liar"
)

// startLiar runs a real server but for its route, which lies.
func startLiar(t *testing.T, lie func(*rpc.Sends) []rpc.SendResult) bench.Target {
	t.Helper()
	dir := t.TempDir()
	addr, stop, err := liar.Serve(dir, "127.0.0.1:0", lie)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return bench.Target{Servers: []string{addr}, Roots: filepath.Join(dir, "roots.json")}
}

// TestLiesAreDetected in every load that writes.
func TestLiesAreDetected(t *testing.T) {
	for _, c := range []struct {
		name  string
		lie   func(*rpc.Sends) []rpc.SendResult
		shows func(bench.Integrity) uint64
	}{
		{"nothing", func(*rpc.Sends) []rpc.SendResult { return nil }, nil},
		{"lost", liar.Forget, func(i bench.Integrity) uint64 { return i.Lost }},
		{"unanswered", liar.Swallow, func(i bench.Integrity) uint64 { return i.Refused }},
		{"doubled", liar.Double, func(i bench.Integrity) uint64 { return i.Duplicated }},
		{"swapped", liar.Swap, func(i bench.Integrity) uint64 { return i.Disordered }},
	} {
		for _, p := range []bench.Plan{
			{Mode: bench.Pairs, Clients: 2, InFlight: 32},
			{Mode: bench.Mixed, Clients: 8, Rate: 20_000},
			{Mode: bench.Sync, Clients: 1, Messages: 64},
			{Mode: bench.Group, Clients: 200, Senders: 1, InFlight: 32},
		} {
			t.Run(c.name+" in "+p.Mode, func(t *testing.T) {
				t.Parallel() // most of it is patience
				if testing.Short() && p.Mode != bench.Pairs {
					t.Skip("takes a second for each lie")
				}
				p.Target = startLiar(t, c.lie)
				p.Size, p.Procs, p.Duration, p.Patience = 16, 1, 300*time.Millisecond, time.Second
				if c.shows == nil {
					p.Patience = 0 // the machine may be busy
				}
				refused := c.name == "unanswered" && p.Mode == bench.Sync
				for try := 1; !shows(t, p, c.shows, refused); try++ { // the machine may be too busy for a lie in time
					if try == 10 {
						t.Fatal("nobody noticed")
					}
				}
			})
		}
	}
}

// shows reports whether a load noticed what it was to; refused is one whose sends
// before it are not answered, and that must not begin.
func shows(t *testing.T, p bench.Plan, lies func(bench.Integrity) uint64, refused bool) bool {
	t.Helper()
	r, err := bench.Run(t.Context(), p, io.Discard)
	if refused {
		if err == nil {
			t.Error("sends before the load were not answered, and it went on")
		}
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	if lies == nil {
		if err := r.Err(); err != nil {
			t.Error(err)
		}
		return true
	}
	return errors.Is(r.Err(), bench.ErrIntegrity) && lies(r.Integrity) > 0
}
