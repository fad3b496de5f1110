package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/ops"
	"github.com/sim-im/sim/tools/sim/chat"
)

// chatCommand has the flags of sim chat.
type chatCommand struct {
	Server       hostPorts     `default:"127.0.0.1:7100" env:"SIM_SERVER" placeholder:"HOST:PORT" help:"Gates to connect to, separated by commas; one is chosen, and another when it does not answer."`
	QUIC         bool          `name:"quic" env:"SIM_QUIC" help:"Prefer QUIC, which survives a change of network, and take TCP where UDP is blocked."`
	Codec        string        `default:"binary" enum:"binary,json" env:"SIM_CODEC" help:"Encoding of messages on the wire: ${enum}."`
	Roots        string        `default:"./.sim/roots.json" env:"SIM_ROOTS" placeholder:"FILE" help:"Keys that certify the server; it writes the file at its first start. Devices and passwords are kept in its folder."`
	User         string        `required:"" short:"u" env:"SIM_USER" placeholder:"NAME" help:"Account to log in with."`
	Password     *ops.Secret   `env:"SIM_PASSWORD" placeholder:"TEXT" help:"Its password. Without one, the password of the first use is kept and used; better than here it is given in a file."`
	PasswordFile string        `env:"SIM_PASSWORD_FILE" placeholder:"FILE" help:"File with the password on its first line."`
	JSON         bool          `help:"Print one JSON object per event and line."`
	Timeout      time.Duration `default:"30s" env:"SIM_TIMEOUT" help:"How long the server may take for one answer."`
}

// Help implements kong.HelpProvider.
func (chatCommand) Help() string {
	return `Lines to type, or to pipe in:

` + chat.HelpText() + `
Examples:

  sim chat --user alice
  printf 'bob;;good morning\n' | sim chat --user alice --json
  printf ':sleep 60\n' | sim chat --user bob --json

From a pipe, each line is done before the next, and what was sent is
acknowledged before :q or the end of the input counts. The first error sets
the exit code: 2 usage, 3 nobody answers, 4 refused, 5 not acknowledged.`
}

// Validate implements kong's hook and lists every mistake.
func (c *chatCommand) Validate() error {
	var errs []error
	if c.User == "" || strings.ContainsAny(c.User, "; \t\r\n") || len(c.User) > 64 {
		errs = append(errs, fmt.Errorf("--user: %q is no account name: 1 to 64 bytes without spaces and ;", c.User))
	}
	if c.Password != nil && *c.Password == "" {
		errs = append(errs, errors.New("--password: is empty; leave it out, or give one"))
	}
	if c.Password != nil && c.PasswordFile != "" {
		errs = append(errs, errors.New("--password and --password-file: give one of them"))
	}
	if c.Timeout <= 0 {
		errs = append(errs, fmt.Errorf("--timeout: is %v; above 0", c.Timeout))
	}
	return errors.Join(errs...)
}

// Run implements the command.
func (c *chatCommand) Run(p *process) error {
	roots, err := c.roots()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	encoding, ok := codec.Lookup(c.Codec)
	if !ok {
		return ops.Exit(ops.ExitUsage, fmt.Errorf("--codec: %q is not known", c.Codec))
	}
	password, err := c.password()
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	err = chat.Run(p, chat.Options{
		Servers: c.Server.strings(), QUIC: c.QUIC, Codec: encoding, Roots: roots, User: c.User, Password: password,
		Folder: filepath.Dir(c.Roots), JSON: c.JSON, Timeout: c.Timeout,
		In: p.in, Out: p.out, Err: p.err,
	})
	if err == nil || p.Err() != nil {
		return err
	}
	if !c.JSON {
		err = shown{err}
	}
	return ops.Exit(exitCode(chat.KindOf(err)), err)
}

func (c *chatCommand) roots() (*secure.Roots, error) {
	text, err := os.ReadFile(c.Roots)
	if err != nil {
		return nil, fmt.Errorf("--roots: %w; `sim dev` writes it at its first start", err)
	}
	roots, err := secure.ParseRoots(text)
	if err != nil {
		return nil, fmt.Errorf("--roots %s: %w", c.Roots, err)
	}
	return roots, nil
}

func (c *chatCommand) password() (string, error) {
	if c.Password != nil {
		return c.Password.Reveal(), nil
	}
	if c.PasswordFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("--password-file: %w", err)
	}
	password, _, _ := strings.Cut(string(text), "\n")
	password = strings.TrimSuffix(password, "\r")
	if password == "" {
		return "", fmt.Errorf("--password-file: %s has an empty first line", c.PasswordFile)
	}
	return password, nil
}

func exitCode(kind chat.Kind) int {
	switch kind {
	case chat.Usage:
		return ops.ExitUsage
	case chat.Unreachable:
		return ops.ExitUnreachable
	case chat.Refused:
		return ops.ExitRefused
	case chat.NotAcknowledged:
		return ops.ExitNotAcknowledged
	}
	return ops.ExitFailed
}
