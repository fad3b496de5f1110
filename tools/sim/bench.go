package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/ops"
)

// benchCommand groups the loads.
type benchCommand struct {
	Pairs  benchPairsCommand  `cmd:"" help:"Clients write to each other two by two."`
	Idle   benchIdleCommand   `cmd:"" help:"Connections that only stay: what each costs the server."`
	Worker benchWorkerCommand `cmd:"" hidden:"" help:"A process of another bench."`
}

// benchTarget has the flags that say which server is under load.
type benchTarget struct {
	Spawn  bool         `help:"Start a server of its own on free ports, in a temporary folder."`
	Server hostPorts    `default:"127.0.0.1:7100" env:"SIM_SERVER" placeholder:"HOST:PORT" help:"Gates to connect to, separated by commas; each client begins at one of them by chance."`
	QUIC   bool         `name:"quic" env:"SIM_QUIC" help:"Connect over QUIC only, instead of TCP."`
	HTTP   ops.HostPort `default:"127.0.0.1:7101" env:"SIM_HTTP" name:"http" placeholder:"HOST:PORT" help:"Where the server shows its metrics; its CPU and memory are read there."`
	Roots  string       `default:"./.sim/roots.json" env:"SIM_ROOTS" placeholder:"FILE" help:"Keys that certify the server."`
	JSON   string       `name:"json" placeholder:"FILE" help:"Also write the report as JSON; - is the standard output, instead of the table."`
}

// on calls load with the server, starting and stopping it with --spawn.
func (b *benchTarget) on(ctx context.Context, load func(bench.Target) error) (err error) {
	if !b.Spawn {
		return load(bench.Target{Servers: b.Server.strings(), QUIC: b.QUIC, Roots: b.Roots, HTTP: b.HTTP.String()})
	}
	server, err := bench.Spawn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	server.QUIC = b.QUIC
	return load(server.Target)
}

// report is what every load ends with.
type report interface {
	WriteTable(io.Writer) error
	WriteJSON(io.Writer) error
	Err() error
}

// show writes a report where it is wanted, and returns its failure.
func (b *benchTarget) show(p *process, r report) error {
	if b.JSON == "-" {
		return errors.Join(r.WriteJSON(p.out), r.Err())
	}
	if err := r.WriteTable(p.out); err != nil {
		return err
	}
	if b.JSON == "" {
		return r.Err()
	}
	f, err := os.Create(b.JSON)
	if err != nil {
		return err
	}
	return errors.Join(r.WriteJSON(f), f.Close(), r.Err())
}

// benchPairsCommand has the flags of sim bench pairs.
type benchPairsCommand struct {
	benchTarget
	Clients  int           `default:"200" help:"How many, an even number."`
	InFlight int           `default:"1" name:"inflight" help:"Closed loop: messages each client has on the way."`
	Rate     float64       `placeholder:"N" help:"Open loop instead: messages per second of all clients together, on a timetable; latency counts from the planned time."`
	Size     int           `default:"200" help:"Bytes of a message body."`
	Duration time.Duration `default:"10s" help:"Measured time."`
	Warmup   time.Duration `default:"1s" help:"Time under load before it."`
	Procs    int           `default:"1" help:"Processes the clients are spread over."`
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

func (b *benchPairsCommand) options() bench.PairsOptions {
	return bench.PairsOptions{
		Clients: b.Clients, InFlight: b.InFlight, Rate: b.Rate, Size: b.Size,
		Warmup: b.Warmup, Duration: b.Duration, Procs: b.Procs,
	}
}

// Validate implements kong's hook and lists every mistake.
func (b *benchPairsCommand) Validate() error { return b.options().Validate() }

// Run implements the command.
func (b *benchPairsCommand) Run(p *process) error {
	return b.on(p, func(target bench.Target) error {
		o := b.options()
		o.Target = target
		r, err := bench.Pairs(p, o, p.err)
		if err != nil {
			return err
		}
		return b.show(p, r)
	})
}

// benchIdleCommand has the flags of sim bench idle.
type benchIdleCommand struct {
	benchTarget
	Conns int `default:"1000" help:"How many connections."`
}

// Help implements kong.HelpProvider.
func (benchIdleCommand) Help() string {
	return `Memory is read from the server's metrics after a garbage collection, before
and with the connections.

Example:

  sim bench idle --spawn --conns 5000`
}

// Validate implements kong's hook.
func (b *benchIdleCommand) Validate() error {
	if b.Conns < 1 {
		return fmt.Errorf("--conns: is %d; want at least 1", b.Conns)
	}
	return nil
}

// Run implements the command.
func (b *benchIdleCommand) Run(p *process) error {
	return b.on(p, func(target bench.Target) error {
		r, err := bench.Idle(p, target, b.Conns, p.err)
		if err != nil {
			return err
		}
		return b.show(p, r)
	})
}

// benchWorkerCommand is started by bench pairs --procs.
type benchWorkerCommand struct{}

// Run implements the command.
func (benchWorkerCommand) Run(p *process) error { return bench.Work(p, p.in, p.out) }
