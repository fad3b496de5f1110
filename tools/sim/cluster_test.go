package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/cluster"
)

// needRedis ends a test where there is no redis-server; it fails where
// everything has to be there.
func needRedis(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil {
		return
	}
	const remedy = "a cluster needs redis-server: apt-get install redis-server"
	if os.Getenv("CI") != "" {
		t.Fatal(remedy)
	}
	t.Skip(remedy)
}

// startCluster starts one that ends with the test.
func startCluster(t *testing.T) *cluster.Cluster {
	t.Helper()
	return startClusterWith(t, func(*cluster.Options) {})
}

// startClusterWith starts one with other options.
func startClusterWith(t *testing.T, change func(*cluster.Options)) *cluster.Cluster {
	t.Helper()
	needRedis(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	o := cluster.Options{
		Data: filepath.Join(t.TempDir(), "cluster"), Listen: []string{"127.0.0.1:0", "127.0.0.1:0"},
		Sim: program(t), Exempt: "bench-", Progress: t.Output(),
	}
	change(&o)
	c, err := cluster.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestClusterSurvives kills one process after another under load, each for a
// while. Clients find their way: nothing is lost, doubled or out of order.
func TestClusterSurvives(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while for each process")
	}
	t.Parallel()
	c := startCluster(t)
	for _, victim := range []func() *cluster.Process{
		func() *cluster.Process { return master(t, c) },
		func() *cluster.Process { return c.Process("gate-1") },
		func() *cluster.Process { return c.Process("redis") },
		func() *cluster.Process { return c.Process("push") },
		func() *cluster.Process { return c.Process("nsqd") },
		func() *cluster.Process { return c.Process("imservice") },
	} {
		p := victim()
		t.Run(p.Name(), func(t *testing.T) { survive(t, c, p) })
	}
}

// underLoad has pairs of clients write to each other at a cluster, as a plan says.
// measuring is what the load says of its progress, which has to be read.
func underLoad(t *testing.T, c *cluster.Cluster, plan bench.Plan) (measuring io.Reader, reports chan bench.Report) {
	t.Helper()
	plan.Mode, plan.Procs = bench.Pairs, 1
	plan.Target = bench.Target{Servers: c.Addrs(), Roots: c.RootsFile()}
	reading, lines := io.Pipe()
	done := make(chan bench.Report, 1)
	go func() {
		defer lines.Close()
		r, err := bench.Run(t.Context(), plan, lines)
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	return reading, done
}

// survive holds a load against the end of a process and its coming back.
func survive(t *testing.T, c *cluster.Cluster, victim *cluster.Process) {
	measuring, reports := underLoad(t, c, bench.Plan{Clients: 24, InFlight: 4, Size: 64, Duration: 4 * time.Second})
	awaitLine(t, measuring, "measuring: 1s")
	victim.Kill()
	awaitLine(t, measuring, "measuring: 2s")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Restart(ctx, victim); err != nil {
		t.Error(err)
	}
	go io.Copy(io.Discard, measuring) // so that the load need not wait
	r := <-reports
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if r.Measure("acknowledged").PerSecond == 0 {
		t.Error("nothing was acknowledged")
	}
	t.Logf("%s: %.0f acknowledged per second, p99 %.0f ms", victim.Name(), r.Measure("acknowledged").PerSecond, r.Measure("acknowledged").P99)
}

// awaitLine reads lines until one begins with prefix.
func awaitLine(t *testing.T, from io.Reader, prefix string) {
	t.Helper()
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if strings.HasPrefix(line, prefix) {
			return
		}
		if err != nil {
			t.Errorf("no line %q: %v", prefix, err)
			return
		}
	}
}

// master returns the route that decides in the region.
func master(t *testing.T, c *cluster.Cluster) *cluster.Process {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		for _, name := range []string{"route-1", "route-2"} {
			if strings.Contains(metrics(t, c.Process(name)), "\nsim_route_master 1\n") {
				return c.Process(name)
			}
		}
	}
	t.Fatal("no route became master")
	return nil
}

func metrics(t *testing.T, p *cluster.Process) string {
	t.Helper()
	answer, err := http.Get("http://" + p.HTTP() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
