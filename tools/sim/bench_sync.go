package main

import "github.com/sim-im/sim/tools/bench"

// benchSyncCommand has the flags of sim bench sync.
type benchSyncCommand struct {
	benchRun
	Clients int     `default:"50" help:"How many catch up at once."`
	Missed  int     `default:"1000" help:"Messages that wait for each."`
	Size    int     `default:"200" help:"Bytes of a message body."`
	Rate    float64 `placeholder:"N" help:"Open loop instead: clients that come back per second, on a timetable; latency counts from the planned time."`
}

// Help implements kong.HelpProvider.
func (benchSyncCommand) Help() string {
	return `Clients leave, and partners write to them. Then they come back with the state
they left with, catch up and go, again and again: the measured time has nothing
else in it. Every message must come once and in order each time, otherwise the
exit code is 1.

Examples:

  sim bench sync --spawn
  sim bench sync --spawn --clients 200 --missed 5000 --procs 2
  sim bench sync --rate 20 --html report.html`
}

func (b *benchSyncCommand) plan() bench.Plan {
	return b.of(bench.Plan{Mode: bench.Sync, Clients: b.Clients, Messages: b.Missed, Size: b.Size, Rate: b.Rate})
}

// Validate implements kong's hook and lists every mistake.
func (b *benchSyncCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchSyncCommand) Run(p *process) error { return b.run(p, b.plan()) }
