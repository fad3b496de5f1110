package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/cluster"
	"github.com/sim-im/sim/tools/keys"
)

// TestRolling reloads the settings of both gates and then restarts every process
// of a cluster, one after the other as at an upgrade, all of it under load. No
// send fails, nothing is lost, doubled or out of order; no session ends at a
// reload, and at the restart of a gate all clients move by themselves.
func TestRolling(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while for each process")
	}
	config := filepath.Join(t.TempDir(), "sim.yaml")
	settings(t, config, "gate: {drain: 1s}")
	t.Setenv("SIM_CONFIG", config)
	c := startCluster(t)
	measuring, reports := underLoad(t, c, bench.Plan{Clients: 24, InFlight: 4, Size: 64, Duration: 11 * time.Second})
	awaitLine(t, measuring, "measuring: 1s")
	began := time.Now()
	go io.Copy(io.Discard, measuring) // so that the load need not wait
	for _, name := range []string{"gate-1", "gate-2"} {
		hangup(t, c, c.Process(name), config)
	}
	restart(t, c, c.Process("gate-1"))
	awaitLog(t, c.Process("gate-1"), `msg="clients have moved" .*left=0`)
	restart(t, c, c.Process("gate-2"))
	awaitLog(t, c.Process("gate-2"), `msg="clients have moved" .*left=0`)
	for _, name := range []string{"push", "route-1", "route-2", "imservice"} {
		restart(t, c, c.Process(name))
	}
	select {
	case r := <-reports:
		reports <- r
		t.Log("the load ended before the last restart")
	default:
	}
	t.Logf("all restarted after %v", time.Since(began))
	r := <-reports
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	t.Logf("%.0f acknowledged per second, p99 %.0f ms", r.Measure("acknowledged").PerSecond, r.Measure("acknowledged").P99)
}

// settings writes a file of settings.
func settings(t *testing.T, file, text string) {
	t.Helper()
	if err := keys.WriteFile(file, []byte(text+"\n")); err != nil {
		t.Fatal(err)
	}
}

// hangup has a gate under load take its settings anew: once with mistakes, and
// once without.
func hangup(t *testing.T, c *cluster.Cluster, gate *cluster.Process, config string) {
	t.Helper()
	before, logins := gauge(t, gate, "certificate_serial"), gauge(t, gate, "logins_total")
	newer := uint64(before) + 1
	settings(t, config, "gate: {drain: 1s, send-rate: 0, log-level: loud, min-app: [x]}")
	signal(t, gate)
	awaitLog(t, gate, `level=ERROR msg="the settings have mistakes: those in use stay" .*log-level: .*min-app: .*send-rate: is 0`)
	if gauge(t, gate, "reload_ok") != 0 || gauge(t, gate, "failed_reloads_total") != 1 || gauge(t, gate, "certificate_serial") != before {
		t.Errorf("%s took settings with mistakes", gate.Name())
	}
	for _, quic := range []bool{false, true} {
		if err := enter(t, c, gate, quic, newer); !errors.Is(err, client.ErrUntrusted) || !errors.Is(err, secure.ErrRevoked) {
			t.Errorf("%s has another certificate already, over QUIC %v: %v", gate.Name(), quic, err)
		}
	}
	settings(t, config, "gate: {drain: 2s, send-rate: 30, log-level: debug, min-app: [old/2], region: elsewhere}")
	signal(t, gate)
	awaitLog(t, gate, `msg="the settings are taken anew" changed=.*log-level`)
	awaitLog(t, gate, `level=WARN msg="some settings are in use as they were at the start, until the next one" settings=.*drain`)
	awaitLog(t, gate, `level=DEBUG`)
	if gauge(t, gate, "reload_ok") != 1 || gauge(t, gate, "last_reload_time_seconds") < float64(time.Now().Add(-time.Hour).Unix()) {
		t.Errorf("%s does not show the reload", gate.Name())
	}
	for _, quic := range []bool{false, true} {
		if err := enter(t, c, gate, quic, newer); err != nil {
			t.Errorf("%s has not the new certificate, over QUIC %v: %v", gate.Name(), quic, err)
		}
	}
	if now := gauge(t, gate, "logins_total"); now != logins+2 { // the two that looked at the certificate
		t.Errorf("%s: %v logins came with the reload", gate.Name(), now-logins-2)
	}
	settings(t, config, "gate: {drain: 1s}")
}

func signal(t *testing.T, p *cluster.Process) {
	t.Helper()
	if err := p.Hangup(); err != nil {
		t.Fatal(err)
	}
}

// pinned are the cluster's roots, with a least serial.
func pinned(t *testing.T, c *cluster.Cluster, serial uint64) *secure.Roots {
	t.Helper()
	roots, err := keys.ReadRoots(c.RootsFile())
	if err != nil {
		t.Fatal(err)
	}
	list := roots.List()
	list[0].MinSerial = serial
	if roots, err = secure.RootsOf(list); err != nil {
		t.Fatal(err)
	}
	return roots
}

// enter logs in at a gate, if its certificate is not older than serial.
func enter(t *testing.T, c *cluster.Cluster, gate *cluster.Process, quic bool, serial uint64) error {
	t.Helper()
	roots := pinned(t, c, serial)
	o := client.Options{Address: gate.Addr(), Roots: roots, Dialer: client.TCPOnly(), Account: "visitor", Password: "secret"}
	if quic {
		o.Dialer = client.QUICOnly(roots)
	}
	d, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return d.Connect(ctx)
}

// restart ends a process in order and starts it again.
func restart(t *testing.T, c *cluster.Cluster, p *cluster.Process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := errors.Join(p.Stop(ctx), c.Restart(ctx, p)); err != nil {
		t.Fatalf("restart %s: %v", p.Name(), err)
	}
}

// awaitLog waits until a process has written a line that matches.
func awaitLog(t *testing.T, p *cluster.Process, pattern string) {
	t.Helper()
	match := regexp.MustCompile(pattern)
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(p.Log())
		if err == nil && match.Match(text) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s has not written %s:\n%s", p.Name(), pattern, text)
		}
	}
}

// gauge reads a metric of a gate.
func gauge(t *testing.T, p *cluster.Process, name string) float64 {
	t.Helper()
	_, rest, found := strings.Cut(metrics(t, p), "\nsim_gate_"+name+" ")
	line, _, _ := strings.Cut(rest, "\n")
	value, err := strconv.ParseFloat(line, 64)
	if !found || err != nil {
		t.Fatalf("%s has no %s: %q", p.Name(), name, line)
	}
	return value
}
