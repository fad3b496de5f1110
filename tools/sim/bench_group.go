package main

import "github.com/sim-im/sim/tools/bench"

// benchGroupCommand has the flags of sim bench group.
type benchGroupCommand struct {
	benchRun
	Members  int     `default:"1000" help:"How many are online and receive, at least 200."`
	Senders  int     `default:"1" help:"How many write. They are members too, and do not receive."`
	InFlight int     `default:"64" name:"inflight" help:"Backlog: messages each sender has on the way; the next follows an acknowledgement."`
	Rate     float64 `placeholder:"N" help:"Paced instead: messages per second of all senders together, on a timetable; latency counts from the planned time."`
	Size     int     `default:"200" help:"Bytes of a message body."`
}

// Help implements kong.HelpProvider.
func (benchGroupCommand) Help() string {
	return `One big group, everybody online. Members are real sessions without the SDK,
which open every record and read every message. "delivered" are messages pushed to
a member, and what they cost is the processor time of the server divided by them;
"caught up" are those that a member who could not keep up has pulled from its
cursor instead.

Every message is checked at every member: a lost, doubled or disordered one, a gap
or a refused send makes the exit code 1. A slow run does not.

Examples:

  sim bench group --spawn --members 1000 --inflight 64
  sim bench group --spawn --rate 20 --duration 30s --json report.json
  sim bench group --members 10000 --senders 4 --procs 4 --html report.html`
}

func (b *benchGroupCommand) plan() bench.Plan {
	return b.of(bench.Plan{
		Mode: bench.Group, Target: bench.Target{QUIC: b.QUIC},
		Clients: b.Members, Senders: b.Senders, InFlight: b.InFlight, Rate: b.Rate, Size: b.Size,
	})
}

// Validate implements kong's hook and lists every mistake.
func (b *benchGroupCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchGroupCommand) Run(p *process) error { return b.run(p, b.plan()) }
