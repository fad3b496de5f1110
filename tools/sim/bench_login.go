package main

import "github.com/sim-im/sim/tools/bench"

// benchLoginCommand has the flags of sim bench login.
type benchLoginCommand struct {
	benchRun
	InFlight  int     `default:"64" name:"inflight" help:"Logins under way at once, each of an account of its own."`
	Rate      float64 `placeholder:"N" help:"Open loop instead: logins per second, on a timetable; latency counts from the planned time."`
	Resume    bool    `help:"Come back with tickets, and by turns of a second with tokens, to compare what both cost the server."`
	Passwords bool    `help:"Prove accounts by their passwords each time, which costs the server a hash; otherwise by the token of the login before."`
}

// Help implements kong.HelpProvider.
func (benchLoginCommand) Help() string {
	return `Clients connect, log in and close, over and over. A login that is refused or
fails makes the exit code 1. A gate takes 500 handshakes per second of one
address; to see more from one machine, start it with --address-rate=-1, as
--spawn does.

Examples:

  sim bench login --spawn
  sim bench login --spawn --quic --inflight 16
  sim bench login --spawn --resume
  sim bench login --rate 200 --passwords --html report.html`
}

func (b *benchLoginCommand) plan() bench.Plan {
	return b.of(bench.Plan{Mode: bench.Login, Clients: b.InFlight, Rate: b.Rate, Passwords: b.Passwords, Resume: b.Resume})
}

// Validate implements kong's hook and lists every mistake.
func (b *benchLoginCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchLoginCommand) Run(p *process) error { return b.run(p, b.plan()) }
