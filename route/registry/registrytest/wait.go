package registrytest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// forever is when the suite gives up on what has to come.
const forever = 60 * time.Second

// open opens a process's registry, which is closed when the test ends.
func open(t testing.TB, w Calm) registry.Registry {
	t.Helper()
	r := w.Open()
	t.Cleanup(func() { closes(t, r) })
	return r
}

func closes(t testing.TB, r registry.Registry) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// until waits for what has to come.
func until(t testing.TB, what string, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(forever); !come(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// lists waits, by Changed alone, until a view shows exactly these instances in
// this order.
func lists(t testing.TB, v registry.View, want ...registry.Instance) {
	t.Helper()
	deadline := time.After(forever)
	for {
		changed := v.Changed()
		got := v.Instances()
		if slices.Equal(got, want) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("the view shows %v, want %v", got, want)
		}
	}
}

// healthy waits until r can be reached, or until it cannot.
func healthy(t testing.TB, r registry.Registry, want bool) {
	t.Helper()
	until(t, "the health that was expected", func() bool { return (r.Health() == nil) == want })
}

func instance(role registry.Role, id string) registry.Instance {
	return registry.Instance{Role: role, Region: "default", ID: id, Epoch: 7, Addr: "127.0.0.1:" + id, RPC: rpc.Version}
}

// code asserts the code of an error.
func code(t testing.TB, err error, want msgdef.ErrorCode) {
	t.Helper()
	if got := rpc.CodeOf(err); got != want {
		t.Fatalf("error %v with code %v, want %v", err, got, want)
	}
}

// isOnline asserts who of some users is online.
func isOnline(t testing.TB, r registry.Registry, ask []uint64, want ...msgdef.Online) {
	t.Helper()
	got, err := r.Online(context.Background(), ask)
	if err != nil {
		t.Fatalf("Online: %v", err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("online of %v: %v, want %v", ask, got, want)
	}
}

// sleepFor lets time pass in which something must not happen. Too long a sleep
// makes the test stricter, not wrong.
func sleepFor(d time.Duration) { time.Sleep(d) }
