// Command sim is the one program: a whole server in one process (dev), the roles
// of a cluster one by one (gate, route, imservice, push), a chat client for
// people and scripts (chat), and what comes with them. Run it with --help.
//
// Exit codes: 0 ok, 1 failed, 2 wrong flags or configuration, 3 nobody answers,
// 4 refused, 5 not acknowledged, 130 interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/sim-im/sim/tools/ops"
)

// commands is the grammar of the command line. A command is a struct with its
// flags and a method Run(*process) error.
type commands struct {
	ops.ConfigFlags
	ops.PrintFlags

	Dev       devCommand       `cmd:"" help:"Run everything in one process, for development and small installations."`
	Chat      chatCommand      `cmd:"" help:"Write to others, on a terminal or from a script."`
	Gate      gateCommand      `cmd:"" help:"Serve clients, as one process of a cluster."`
	Route     routeCommand     `cmd:"" help:"Bring messages to the gates of a region, as one process of a cluster."`
	IMService imserviceCommand `cmd:"" name:"imservice" help:"Keep accounts and messages, as one process of a cluster."`
	Push      pushCommand      `cmd:"" help:"Tell devices that are not connected of messages, as one process of a cluster."`
	Accounts  accountsCommand  `cmd:"" help:"Ban users, end their sessions, remove their accounts."`
	Cluster   clusterCommand   `cmd:"" help:"Run a whole cluster on this machine, each part a process."`
	Migrate   migrateCommand   `cmd:"" help:"Prepare a database for message services."`
	NSQD      nsqdCommand      `cmd:"" name:"nsqd" help:"Run the queue that wakes push services, where no nsqd is installed."`
	Bench     benchCommand     `cmd:"" help:"Put load on a server and check that nothing was lost."`
	Keys      keysCommand      `cmd:"" help:"Make, certify, rotate, inspect and revoke keys."`
	Version   versionCommand   `cmd:"" help:"Show the version."`
}

// process is what a command has of the world.
type process struct {
	context.Context
	in, out *os.File
	err     *os.File

	args    []string     // of the command line
	command *ops.Command // that they make, with variables and the file
}

// shown is an error that the user has already seen.
type shown struct{ error }

func (s shown) Unwrap() error { return s.error }

func main() {
	ops.ForgetEmpty("SIM_")
	ctx, stop := ops.Interruptible(context.Background(), os.Exit)
	err := run(&process{Context: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
	stop()
	var seen shown
	if err != nil && !errors.As(err, &seen) && !errors.Is(err, ops.ErrInterrupted) {
		fmt.Fprintln(os.Stderr, "sim:", err)
	}
	os.Exit(ops.ExitCode(err))
}

func run(p *process, args []string) error {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	grammar, command, err := parse(args)
	if err != nil {
		return err
	}
	if grammar.PrintConfig {
		return command.Print(p.out)
	}
	p.args, p.command = args, command
	return command.Run(p)
}

// parse makes a command of a command line, variables and the file.
func parse(args []string) (*commands, *ops.Command, error) {
	grammar := new(commands)
	parser, err := kong.New(grammar,
		kong.Name("sim"),
		kong.Description("Instant messaging: a server, in one process or many, and a client for it."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
	)
	if err != nil {
		return nil, nil, err
	}
	command, err := ops.Parse(parser, args)
	return grammar, command, err
}
