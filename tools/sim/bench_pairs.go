package main

import "github.com/sim-im/sim/tools/bench"

// benchPairsCommand has the flags of sim bench pairs.
type benchPairsCommand struct {
	benchRun
	Clients  int     `default:"200" help:"How many, an even number."`
	InFlight int     `default:"1" name:"inflight" help:"Closed loop: messages each client has on the way."`
	Rate     float64 `placeholder:"N" help:"Open loop instead: messages per second of all clients together, on a timetable; latency counts from the planned time."`
	Size     int     `default:"200" help:"Bytes of a message body."`
}

// Help implements kong.HelpProvider.
func (benchPairsCommand) Help() string {
	return `Every message is checked: a lost, doubled or disordered one, a gap in a
sequence or a refused send makes the exit code 1. A slow run does not.

Examples:

  sim bench pairs --spawn --inflight 16
  sim bench pairs --rate 1000 --duration 30s --json report.json
  sim bench pairs --clients 2000 --procs 4`
}

func (b *benchPairsCommand) plan() bench.Plan {
	return b.of(bench.Plan{Mode: bench.Pairs, Clients: b.Clients, InFlight: b.InFlight, Rate: b.Rate, Size: b.Size})
}

// Validate implements kong's hook and lists every mistake.
func (b *benchPairsCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchPairsCommand) Run(p *process) error { return b.run(p, b.plan()) }
