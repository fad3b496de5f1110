//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/cluster"
)

// TestClusterInTrouble stops processes under load, which then take calls and
// answer none, and kills several at once. Nothing is lost, doubled or out of
// order, and in the end there is one master.
func TestClusterInTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while for each trouble")
	}
	t.Parallel()
	c := startCluster(t)
	measuring, reports := underLoad(t, c, bench.Plan{Clients: 24, InFlight: 4, Size: 64, Duration: 16 * time.Second})
	awaitLine(t, measuring, "measuring: 1s")
	go io.Copy(io.Discard, measuring) // so that the load need not wait
	old := master(t, c)
	stopFor(t, 7*time.Second, old) // more than a lease
	next := master(t, c)
	stopFor(t, 500*time.Millisecond, c.Process("imservice"), c.Process("gate-1"))
	killTogether(t, c, "route-1", "route-2")
	killTogether(t, c, "redis", "gate-2")
	r := <-reports
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if r.Measure("acknowledged").PerSecond == 0 {
		t.Error("nothing was acknowledged")
	}
	if next == old {
		t.Errorf("%s is master after it stood still for longer than a lease", old.Name())
	}
	t.Logf("%.0f acknowledged per second, p99 %.0f ms", r.Measure("acknowledged").PerSecond, r.Measure("acknowledged").P99)
}

// stopFor stops processes for a while, without ending them.
func stopFor(t *testing.T, d time.Duration, all ...*cluster.Process) {
	t.Helper()
	for _, p := range all {
		if err := syscall.Kill(p.PID(), syscall.SIGSTOP); err != nil {
			t.Errorf("stop %s: %v", p.Name(), err)
		}
	}
	time.Sleep(d)
	for _, p := range all {
		if err := syscall.Kill(p.PID(), syscall.SIGCONT); err != nil {
			t.Errorf("continue %s: %v", p.Name(), err)
		}
	}
}

// killTogether kills processes and starts them again.
func killTogether(t *testing.T, c *cluster.Cluster, names ...string) {
	t.Helper()
	for _, name := range names {
		c.Process(name).Kill()
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var group sync.WaitGroup
	for _, name := range names {
		group.Go(func() {
			if err := c.Restart(ctx, c.Process(name)); err != nil {
				t.Errorf("restart %s: %v", name, err)
			}
		})
	}
	group.Wait()
}

// TestClusterDisplaces logs a device in at the other gate while nobody is master.
// The one that comes next finds the older session, and messages go to the newer.
func TestClusterDisplaces(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	awaitImages(t, c)
	got := make(chan string, 1)
	older := device(t, c, 0, "alice", 7, nil)
	dead := master(t, c)
	began := time.Now()
	dead.Kill()
	newer := device(t, c, 1, "alice", 7, func(m *client.Message) { got <- string(m.Body) })
	for end := time.Now().Add(patience); older.Status().Phase != client.Stopped; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the older session stays")
		}
	}
	t.Logf("the older session ended %v after the master", time.Since(began))
	if err := older.Status().Err; !errors.Is(err, client.ErrKicked) {
		t.Errorf("it ended with %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Restart(ctx, dead); err != nil {
		t.Error(err)
	}
	bob := device(t, c, 0, "bob", 8, nil)
	if _, err := bob.Send(ctx, msgdef.Pair(bob.UID(), newer.UID()), msgdef.ContentText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "hello" || newer.Status().Phase != client.Online {
		t.Errorf("the newer session got %q and is %v", text, newer.Status())
	}
}

// awaitImages waits until both routes and the registry follow both gates. A
// cluster takes logins when one route does: when that one dies at once, they
// are refused until the other follows.
func awaitImages(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	for _, gate := range []string{"gate-1", "gate-2"} {
		for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			text := metrics(t, c.Process(gate))
			if strings.Contains(text, "\nsim_gate_images 3\n") && strings.Contains(text, "\nsim_gate_behind_images 0\n") {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s is not followed by all routes:\n%s", gate, text)
			}
		}
	}
}

// device connects a device of a user to a gate of the cluster.
func device(t *testing.T, c *cluster.Cluster, gate int, name string, id uint64, hear func(*client.Message)) *client.Client {
	t.Helper()
	text, err := os.ReadFile(c.RootsFile())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		t.Fatal(err)
	}
	d, err := client.New(client.Options{
		Address: c.Addrs()[gate], Roots: roots, Dialer: client.TCPOnly(), Account: name, Password: "secret", Device: id, OnMessage: hear,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	return d
}
