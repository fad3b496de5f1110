package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/sim-im/sim/tools/bench"
	"github.com/sim-im/sim/tools/ops"
	"github.com/sim-im/sim/tools/sim/chat"
)

// benchCommand groups the loads.
type benchCommand struct {
	Pairs  benchPairsCommand  `cmd:"" help:"Clients write to each other two by two."`
	Mixed  benchMixedCommand  `cmd:"" help:"Clients write to each other while others come, go and read."`
	Login  benchLoginCommand  `cmd:"" help:"Clients log in and out."`
	Sync   benchSyncCommand   `cmd:"" help:"Clients come back and catch up with what they missed."`
	Idle   benchIdleCommand   `cmd:"" help:"Connections that only stay: what each costs the server."`
	Group  benchGroupCommand  `cmd:"" help:"Few write to a big group, all of whose members are online."`
	Fanout benchFanoutCommand `cmd:"" help:"Broadcasts to all connections: how long until everyone has them."`
	Flood  benchFloodCommand  `cmd:"" help:"Attacks on a gate: what refusing costs it, and what being refused costs the attacker."`
	Fill   benchFillCommand   `cmd:"" help:"Make the store of a server as large as after long use."`
	Limit  benchLimitCommand  `cmd:"" help:"The server beside relays that do only what cannot be left out."`
	Worker benchWorkerCommand `cmd:"" hidden:"" help:"A process of another bench."`
	Relay  benchRelayCommand  `cmd:"" hidden:"" help:"A server to compare with."`
}

// benchTarget has the flags that say which server is under load.
type benchTarget struct {
	Spawn  bool      `help:"Start a server of its own on free ports, in a temporary folder."`
	Server hostPorts `default:"127.0.0.1:7100" env:"SIM_SERVER" placeholder:"HOST:PORT" help:"Gates to connect to, separated by commas; each client begins at one of them by chance."`
	QUIC   bool      `name:"quic" env:"SIM_QUIC" help:"Connect over QUIC only, instead of TCP."`
	HTTP   hostPorts `default:"127.0.0.1:7101" env:"SIM_HTTP" name:"http" placeholder:"HOST:PORT" help:"Where the server shows its metrics; what it uses is read there. Several processes, separated by commas, are summed."`
	Roots  string    `default:"./.sim/roots.json" env:"SIM_ROOTS" placeholder:"FILE" help:"Keys that certify the server."`
}

// on calls load with the server, starting and stopping it with --spawn, see
// bench.Spawn for passwords.
func (b *benchTarget) on(ctx context.Context, passwords bool, load func(bench.Target) error) (err error) {
	if !b.Spawn {
		return load(bench.Target{Servers: b.Server.strings(), QUIC: b.QUIC, Roots: b.Roots, HTTP: b.HTTP.strings()})
	}
	server, err := bench.Spawn(ctx, passwords)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	server.QUIC = b.QUIC
	return load(server.Target)
}

// benchTime has the flags that say how long a load takes and where it comes
// from.
type benchTime struct {
	Duration time.Duration `default:"10s" help:"Measured time."`
	Warmup   time.Duration `default:"1s" help:"Time under load before it."`
	Procs    int           `default:"1" help:"Processes the clients are spread over."`
}

// of fills these flags into a plan.
func (b *benchTime) of(p bench.Plan) bench.Plan {
	p.Duration, p.Warmup, p.Procs = b.Duration, b.Warmup, b.Procs
	return p
}

// benchOutput has the flags that say where a report goes.
type benchOutput struct {
	JSON string `name:"json" placeholder:"FILE" help:"Also write the report as JSON; - is the standard output, instead of the table."`
	HTML string `name:"html" placeholder:"FILE" help:"Also write a page with plots."`
}

// report is what every load ends with.
type report interface {
	WriteTable(io.Writer) error
	WriteJSON(io.Writer) error
	WriteHTML(io.Writer) error
	Err() error
}

// ready returns why a report could not be written, before the load is run for
// nothing.
func (b *benchOutput) ready() error {
	var errs []error
	for _, name := range []string{b.JSON, b.HTML} {
		if name == "" || name == b.JSON && name == "-" {
			continue
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
		if err == nil {
			err = f.Close()
		}
		errs = append(errs, err)
	}
	return ops.Exit(ops.ExitUsage, errors.Join(errs...))
}

// show writes a report where it is wanted, and returns its failure.
func (b *benchOutput) show(p *process, r report) error {
	var err error
	if b.JSON == "-" {
		err = r.WriteJSON(p.out)
	} else {
		err = errors.Join(r.WriteTable(p.out), toFile(b.JSON, r.WriteJSON))
	}
	return errors.Join(err, toFile(b.HTML, r.WriteHTML), r.Err())
}

// toFile writes a file, unless it has no name.
func toFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// benchRun has the flags of every load that is one run.
type benchRun struct {
	benchTarget
	benchTime
	benchOutput
}

// run does what a plan says on the server of the flags, and shows the report.
func (b *benchRun) run(p *process, plan bench.Plan) error {
	if err := b.ready(); err != nil {
		return err
	}
	err := b.on(p, plan.Passwords, func(target bench.Target) error {
		plan.Target = target
		r, err := bench.Run(p, plan, p.err)
		if err != nil {
			return err
		}
		return b.show(p, r)
	})
	return benchFailure(p, err)
}

// benchFailure gives the failure of a load its exit code: a broken promise has
// that of everything that failed.
func benchFailure(p *process, err error) error {
	var network net.Error
	switch {
	case err == nil || p.Err() != nil || errors.Is(err, bench.ErrIntegrity):
		return err
	case errors.Is(err, bench.ErrRoots):
		return ops.Exit(ops.ExitUsage, err)
	case errors.As(err, &network):
		return ops.Exit(ops.ExitUnreachable, err)
	}
	return ops.Exit(exitCode(chat.KindOf(err)), err)
}

// benchWorkerCommand is started by the loads with --procs.
type benchWorkerCommand struct{}

// Run implements the command.
func (benchWorkerCommand) Run(p *process) error { return bench.Work(p, p.in, p.out) }
