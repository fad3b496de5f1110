package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/cluster"
)

// benchIdleCommand has the flags of sim bench idle.
type benchIdleCommand struct {
	benchRun
	Conns int `default:"1000" help:"How many connections."`
	Gates int `placeholder:"N" help:"With --spawn: start a cluster with that many gates, and weigh the gates alone. For more connections than one process may have files."`
}

// Help implements kong.HelpProvider.
func (benchIdleCommand) Help() string {
	return `Memory is read from the server's metrics, before and with the connections: what
is resident of a server at rest, and again, with heap and stacks, after a
garbage collection; and that of this machine's kernel beside it. A connection
that does not stay makes the exit code 1.

Examples:

  sim bench idle --spawn --conns 5000
  sim bench idle --spawn --gates 6 --conns 100000 --procs 6 --duration 90s`
}

func (b *benchIdleCommand) plan() bench.Plan {
	return b.of(bench.Plan{Mode: bench.Idle, Clients: b.Conns})
}

// mostGates bounds the processes of a cluster.
const mostGates = 64

// Validate implements kong's hook.
func (b *benchIdleCommand) Validate() error {
	var err error
	if b.Gates < 0 || b.Gates > mostGates || b.Gates > 0 && !b.Spawn {
		err = fmt.Errorf("--gates: is %d; want 1 to %d, with --spawn", b.Gates, mostGates)
	}
	return errors.Join(err, b.plan().Validate())
}

// Run implements the command.
func (b *benchIdleCommand) Run(p *process) error {
	if b.Gates == 0 {
		return b.run(p, b.plan())
	}
	return benchFailure(p, errors.Join(b.ready(), b.onCluster(p)))
}

// onCluster runs the load on a cluster of its own. All clients come from one
// address, so gates do not bound how many an address sends them.
func (b *benchIdleCommand) onCluster(p *process) (err error) {
	dir, err := os.MkdirTemp("", "sim-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	options := cluster.Options{
		Data: dir, Exempt: "bench-", Progress: p.err, GateFlags: []string{"--address-rate=-1"},
		ServiceFlags: bench.CheapPasswords(),
	}
	for range b.Gates {
		options.Listen = append(options.Listen, "127.0.0.1:0")
	}
	starting, cancel := context.WithTimeout(p, clusterStartWithin)
	defer cancel()
	running, err := cluster.Start(starting, options)
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(p), clusterStopWithin)
		defer cancel()
		err = errors.Join(err, running.Close(stopping))
	}()
	plan := b.plan()
	plan.Target = bench.Target{Name: "gates", Servers: running.Addrs(), QUIC: b.QUIC, Roots: running.RootsFile(), HTTP: running.GatesHTTP()}
	r, err := bench.Run(p, plan, p.err)
	if err != nil {
		return err
	}
	return b.show(p, r)
}
