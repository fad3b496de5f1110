package main

import "github.com/sim-im/sim/tools/bench"

// benchFanoutCommand has the flags of sim bench fanout.
type benchFanoutCommand struct {
	benchRun
	Conns int     `default:"1000" help:"How many connections receive, at least 200."`
	Rate  float64 `default:"1" placeholder:"N" help:"Broadcasts per second."`
	Size  int     `default:"200" help:"Bytes of a message body."`
}

// Help implements kong.HelpProvider.
func (benchFanoutCommand) Help() string {
	return `A broadcast is a message to a group with everybody in it. "everyone has it"
is the time from when a broadcast was due until the last connection had read it.
The memory of the server is read, after a garbage collection, without the
connections, with them, and at the end, and ten times a second meanwhile.

A lost, doubled or disordered message makes the exit code 1. A slow run does not.

Examples:

  sim bench fanout --spawn --conns 5000
  sim bench fanout --spawn --conns 10000 --rate 0.5 --duration 20s --procs 2`
}

func (b *benchFanoutCommand) plan() bench.Plan {
	return b.of(bench.Plan{
		Mode: bench.Fanout, Target: bench.Target{QUIC: b.QUIC},
		Clients: b.Conns, Senders: 1, Rate: b.Rate, Size: b.Size,
	})
}

// Validate implements kong's hook and lists every mistake.
func (b *benchFanoutCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchFanoutCommand) Run(p *process) error { return b.run(p, b.plan()) }
