package main

import "github.com/sim-im/sim/tools/bench"

// benchIdleCommand has the flags of sim bench idle.
type benchIdleCommand struct {
	benchRun
	Conns int `default:"1000" help:"How many connections."`
}

// Help implements kong.HelpProvider.
func (benchIdleCommand) Help() string {
	return `Memory is read from the server's metrics after a garbage collection, before
and with the connections. One that does not stay makes the exit code 1.

Example:

  sim bench idle --spawn --conns 5000`
}

func (b *benchIdleCommand) plan() bench.Plan {
	return b.of(bench.Plan{Mode: bench.Idle, Clients: b.Conns})
}

// Validate implements kong's hook.
func (b *benchIdleCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchIdleCommand) Run(p *process) error { return b.run(p, b.plan()) }
