//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/tools/cluster"
)

// accounts runs sim accounts against a cluster, and returns what it writes.
func accounts(t *testing.T, c *cluster.Cluster, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t), append([]string{"accounts"}, args...)...)
	cmd.Args = append(cmd.Args, "--redis", "redis://"+c.Process("redis").Addr(), "--json")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = errors.Join(err, errors.New(string(exit.Stderr)))
		}
		t.Fatalf("sim accounts %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// ended waits until a client was ended, and returns after how long.
func ended(t *testing.T, c *client.Client, kind error) time.Duration {
	t.Helper()
	began := time.Now()
	for c.Status().Phase != client.Stopped {
		if time.Since(began) > patience {
			t.Fatalf("%s still is %v", c.Account(), c.Status())
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := c.Status().Err; !errors.Is(err, kind) {
		t.Errorf("%s ended with %v, want %v", c.Account(), err, kind)
	}
	return time.Since(began)
}

// TestClusterGoverns bans users while processes die and stand still between the
// decision and the end of the sessions: each ends, and soon.
func TestClusterGoverns(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while for each trouble")
	}
	t.Parallel()
	c := startCluster(t)
	awaitImages(t, c)
	var state struct {
		State  string
		Reason string
	}
	calm := device(t, c, 0, "calm", 1, nil)
	if err := json.Unmarshal([]byte(accounts(t, c, "ban", "calm", "--until", "24h", "--reason", "spam")), &state); err != nil || state.State != "banned" || state.Reason != "spam" {
		t.Errorf("%+v, %v", state, err)
	}
	t.Logf("in calm: %v", ended(t, calm, client.ErrBanned))

	routeless := device(t, c, 1, "routeless", 2, nil)
	dead := master(t, c)
	dead.Kill()
	accounts(t, c, "ban", "routeless")
	t.Logf("with the master dead: %v", ended(t, routeless, client.ErrBanned))
	revive(t, c, dead)
	awaitImages(t, c)

	serviceless := device(t, c, 1, "serviceless", 3, nil)
	stop(t, syscall.SIGSTOP, c.Process("route-1"), c.Process("route-2")) // so that nobody can be told
	accounts(t, c, "revoke", "serviceless")
	c.Process("imservice").Kill()
	stop(t, syscall.SIGCONT, c.Process("route-1"), c.Process("route-2"))
	revive(t, c, c.Process("imservice"))
	t.Logf("with the message service dead in between: %v", ended(t, serviceless, client.ErrRevoked))

	frozen := device(t, c, 1, "frozen", 4, nil)
	gate := c.Process("gate-2")
	stop(t, syscall.SIGSTOP, gate)
	time.Sleep(8 * time.Second) // more than its lease: routes have forgotten its sessions
	accounts(t, c, "ban", "frozen")
	time.Sleep(3 * time.Second)
	stop(t, syscall.SIGCONT, gate)
	t.Logf("at a gate that was stopped: %v", ended(t, frozen, client.ErrBanned))
}

// stop sends a signal to processes.
func stop(t *testing.T, signal syscall.Signal, all ...*cluster.Process) {
	t.Helper()
	for _, p := range all {
		if err := syscall.Kill(p.PID(), signal); err != nil {
			t.Errorf("%s: %v", p.Name(), err)
		}
	}
}

// revive starts a process again.
func revive(t *testing.T, c *cluster.Cluster, p *cluster.Process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Restart(ctx, p); err != nil {
		t.Fatal(err)
	}
}

// TestClusterOneDevice logs a user's devices in one after another at both gates,
// once while the master is dead: each takes the place of the one before, and
// nobody else's.
func TestClusterOneDevice(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for another master")
	}
	t.Parallel()
	c := startClusterWith(t, func(o *cluster.Options) { o.Policy = "one" })
	awaitImages(t, c)
	bob := device(t, c, 0, "bob", 9, nil)
	first := device(t, c, 0, "alice", 1, nil)
	second := device(t, c, 1, "alice", 2, nil)
	ended(t, first, client.ErrReplaced)
	if text := first.Status().Err.Error(); !strings.Contains(text, "logged in on another device: other, 20") {
		t.Errorf("told %q", text)
	}
	dead := master(t, c)
	dead.Kill()
	third := device(t, c, 0, "alice", 3, nil)
	t.Logf("with the master dead: %v", ended(t, second, client.ErrReplaced))
	revive(t, c, dead)
	for _, in := range []*client.Client{bob, third} {
		if s := in.Status(); s.Phase != client.Online {
			t.Errorf("%s is %v", in.Account(), s)
		}
	}
}
