package bench_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/bench/liar"
)

// asSubject makes the test binary what a limit run starts. Its value is the
// first word of the command that lies.
const asSubject = "SIM_BENCH_TEST_SUBJECT"

// serveSubject is a server for the flags that a limit run gives it, and returns
// the exit code.
func serveSubject(lying string, args []string) int {
	lie := func(*rpc.Sends) []rpc.SendResult { return nil }
	if args[0] == lying {
		lie = liar.Forget
	}
	flag := func(name string) string { return args[slices.Index(args, name)+1] }
	_, stop, err := liar.Serve(flag("--data"), flag("--listen"), lie)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
	go http.ListenAndServe(flag("--http"), http.HandlerFunc(showMetrics))
	<-ctx.Done()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// showMetrics answers every question with as much as a report needs.
func showMetrics(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %f\n", float64(time.Now().UnixMicro())/1e6)
	fmt.Fprintf(w, "# TYPE sim_gate_sessions gauge\nsim_gate_sessions 2\n")
}

// TestLimitNoticesLies of the server and of relays, and says whose they are.
func TestLimitNoticesLies(t *testing.T) {
	if testing.Short() {
		t.Skip("starts six servers")
	}
	for lying, name := range map[string]string{"dev": bench.OurServer, "bench": bench.BareRelay} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(asSubject, lying)
			l, err := bench.RunLimit(t.Context(), bench.LimitPlan{
				Plan:   bench.Plan{Mode: bench.Pairs, Clients: 2, Size: 16, Procs: 1, Duration: 300 * time.Millisecond, Patience: time.Second},
				Depths: []int{32}, Rounds: 1, Progress: io.Discard,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Err(); !errors.Is(err, bench.ErrIntegrity) || !strings.Contains(err.Error(), name+", 32 in flight: ") {
				t.Errorf("Err = %v, want what the %s lost", err, name)
			}
			for _, s := range l.Loads[0].Subjects {
				if honest := (s.Name == bench.OurServer) != (lying == "dev"); (s.Runs[0].Err() == nil) != honest {
					t.Errorf("the %s: %v", s.Name, s.Runs[0].Err())
				}
			}
		})
	}
}

// TestInterruptedLimit says why it ended, and leaves no folder behind.
func TestInterruptedLimit(t *testing.T) {
	t.Setenv(asSubject, "none")
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	cancel(stop)
	_, err := bench.RunLimit(ctx, bench.LimitPlan{
		Plan: bench.Plan{Mode: bench.Pairs, Clients: 2, Size: 16, Procs: 1, Duration: time.Hour}, Depths: []int{1}, Rounds: 1, Progress: io.Discard,
	})
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); !errors.Is(err, stop) || len(left) > 0 {
		t.Errorf("%v; left: %q", err, left)
	}
}
