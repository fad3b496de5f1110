package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/sim-im/sim/tools/bench"
)

// benchFloodCommand has the flags of sim bench flood.
type benchFloodCommand struct {
	Kind      []string      `default:"connect,hello,resume,garbage,login,quic,browser,wss" enum:"connect,hello,resume,garbage,login,quic,browser,wss" help:"What the attacker does, separated by commas: connections that say nothing, first packets of handshakes or with tickets nobody gave out, another protocol, logins with wrong passwords, first packets over QUIC, connections of browsers without and with TLS."`
	Attackers int           `default:"16" help:"Connections of the attacker under way at once."`
	Duration  time.Duration `default:"5s" help:"Measured time of each kind."`
	Rounds    int           `default:"1" help:"How often everything is run."`
	JSON      string        `name:"json" placeholder:"FILE" help:"Also write the report as JSON; - is the standard output, instead of the table."`
}

// Help implements kong.HelpProvider.
func (benchFloodCommand) Help() string {
	return `What refusing costs a gate beside what being refused costs the attacker. For each
kind a server is started that takes little of one address; 127.0.0.66 floods it
while honest clients of other addresses log in. A flood that gets in, or an honest
client that does not, makes the exit code 1. Linux only: elsewhere the machine
has no such addresses.

Examples:

  sim bench flood
  sim bench flood --kind hello --attackers 64 --duration 20s --rounds 3
  sim bench flood --kind quic,browser,wss`
}

// Validate lists what is wrong with the plan, of whatever kind.
func (b *benchFloodCommand) Validate() error {
	var err error
	if b.Rounds < 1 {
		err = fmt.Errorf("--rounds: is %d; want at least 1", b.Rounds)
	}
	return errors.Join(err, b.plan(bench.FloodConnect).Validate())
}

func (b *benchFloodCommand) plan(kind string) bench.FloodPlan {
	return bench.FloodPlan{Kind: kind, Attackers: b.Attackers, Duration: b.Duration}
}

// Run implements the command.
func (b *benchFloodCommand) Run(p *process) error {
	var all []bench.Flood
	var broken []error
	for range b.Rounds {
		for _, kind := range b.kinds() {
			f, err := bench.RunFlood(p, b.plan(kind), p.err)
			if err != nil {
				return benchFailure(p, err)
			}
			all, broken = append(all, f), append(broken, f.Err())
		}
	}
	return benchFailure(p, errors.Join(b.show(p, all), errors.Join(broken...)))
}

// kinds are those that were asked for, each once.
func (b *benchFloodCommand) kinds() (kinds []string) {
	for _, kind := range b.Kind {
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func (b *benchFloodCommand) show(p *process, all []bench.Flood) error {
	if b.JSON == "-" {
		return bench.WriteFloodsJSON(p.out, all)
	}
	err := bench.WriteFloods(p.out, all)
	if b.JSON == "" || err != nil {
		return err
	}
	file, err := os.Create(b.JSON)
	if err != nil {
		return err
	}
	return errors.Join(bench.WriteFloodsJSON(file, all), file.Close())
}
