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
				if testing.Short() && p.Mode != bench.Pairs {
					t.Skip("takes a second for each lie")
				}
				p.Target = startLiar(t, c.lie)
				p.Size, p.Procs, p.Duration, p.Patience = 16, 1, 300*time.Millisecond, time.Second
				if c.shows == nil {
					p.Patience = 0 // the machine may be busy
				}
				r, err := bench.Run(t.Context(), p, io.Discard)
				if c.name == "unanswered" && p.Mode == bench.Sync {
					if err == nil {
						t.Error("sends before the load were not answered, and it went on")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				switch err := r.Err(); {
				case c.shows == nil && err != nil:
					t.Error(err)
				case c.shows != nil && (!errors.Is(err, bench.ErrIntegrity) || c.shows(r.Integrity) == 0):
					t.Errorf("Err = %v", err)
				}
			})
		}
	}
}
