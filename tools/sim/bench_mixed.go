package main

import "github.com/sim-im/sim/tools/bench"

// benchMixedCommand has the flags of sim bench mixed.
type benchMixedCommand struct {
	benchRun
	Clients int     `default:"200" help:"How many, a multiple of 8: four kinds of pairs."`
	Rate    float64 `default:"1000" help:"Messages per second of all clients together, on a timetable; latency counts from the planned time."`
	Size    int     `default:"200" help:"Bytes of a message body."`
}

// Help implements kong.HelpProvider.
func (benchMixedCommand) Help() string {
	return `A quarter of the pairs stays, reads history, and sees other devices come and
go; of another one member leaves every second and comes back with its state; of
a third one member's connection is cut with messages under way; a quarter is
silent. Latency is told apart for those that stay and those that move. At the
end every conversation is read from its beginning.

Every message is checked, over all of this: a lost, doubled or disordered one, a
gap or a refusal makes the exit code 1.

Example:

  sim bench mixed --spawn --rate 5000 --duration 30s --html report.html`
}

func (b *benchMixedCommand) plan() bench.Plan {
	return b.of(bench.Plan{Mode: bench.Mixed, Clients: b.Clients, Rate: b.Rate, Size: b.Size})
}

// Validate implements kong's hook and lists every mistake.
func (b *benchMixedCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchMixedCommand) Run(p *process) error { return b.run(p, b.plan()) }
