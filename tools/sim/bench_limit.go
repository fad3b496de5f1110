package main

import "github.com/sim-im/sim/tools/bench"

// benchLimitCommand has the flags of sim bench limit.
type benchLimitCommand struct {
	benchTime
	benchOutput
	Mode     string  `default:"pairs" enum:"pairs,group" help:"Load: that of bench pairs, or of bench group."`
	Clients  int     `default:"200" help:"How many; of pairs an even number, and of a group those who receive."`
	InFlight []int   `default:"1,4,16" name:"inflight" help:"Closed loops: messages each client has on the way, separated by commas."`
	Rate     float64 `placeholder:"N" help:"Besides, an open loop: messages per second of all clients together."`
	Size     int     `default:"200" help:"Bytes of a message body."`
	Rounds   int     `default:"3" help:"How often everything is run; the table shows medians."`
}

// Help implements kong.HelpProvider.
func (benchLimitCommand) Help() string {
	return `What this machine allows for this work: the load of bench pairs on a server
(sim dev), on a relay that also makes messages durable but does nothing else,
and on one that only passes them on. With --mode group it is the load of bench
group, with one sender, and the relay seals each message for each member and
writes it, and does nothing else. Each run has a process and a temporary folder
of its own, and they take turns. A relay or server that loses, doubles or
disorders a message makes the exit code 1.

Examples:

  sim bench limit
  sim bench limit --inflight 4 --rate 1000 --rounds 5 --json limit.json
  sim bench limit --mode group --clients 1000 --inflight 64 --rate 20`
}

func (b *benchLimitCommand) plan() bench.LimitPlan {
	plan := bench.Plan{Mode: b.Mode, Clients: b.Clients, Size: b.Size}
	if b.Mode == bench.Group {
		plan.Senders = 1
	}
	return bench.LimitPlan{Plan: b.of(plan), Depths: b.InFlight, Offered: b.Rate, Rounds: b.Rounds}
}

// Validate implements kong's hook and lists every mistake.
func (b *benchLimitCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchLimitCommand) Run(p *process) error {
	if err := b.ready(); err != nil {
		return err
	}
	plan := b.plan()
	plan.Progress = p.err
	l, err := bench.RunLimit(p, plan)
	if err != nil {
		return benchFailure(p, err)
	}
	return b.show(p, l)
}
