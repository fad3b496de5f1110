package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/tools/ops"
)

// accountsPasswordCommand has the flags of sim accounts password. The password is
// never an argument: everybody on the machine reads those.
type accountsPasswordCommand struct {
	accountArg
	NewPasswordFile string `required:"" placeholder:"FILE" help:"Where the password is, on the first line; - is the standard input. Say it to the user by a way that is safe: it is not shown to them here."`
	Reason          string `placeholder:"TEXT" help:"What the user is shown where a session ends, at most 256 bytes."`
	operatorFlags
}

// Validate implements kong's hook and lists every mistake.
func (c *accountsPasswordCommand) Validate() error {
	_, err := c.sanction()
	return errors.Join(err, checkReason(c.Reason), c.check())
}

// Run implements the command.
func (c *accountsPasswordCommand) Run(p *process) error {
	s, err := c.sanction()
	if err != nil {
		return err
	}
	password, err := c.newPassword(p.in)
	if err != nil {
		return ops.Exit(ops.ExitUsage, err)
	}
	reset := &rpc.PasswordReset{UID: s.UID, Account: s.Account, Password: []byte(password), Reason: c.Reason}
	return c.ask(p, s, func(m rpc.Moderation) (*rpc.AccountState, error) { return m.SetPassword(p, reset) })
}

// mostPassword is what the message service takes, and a little more, so that it
// says itself that it is too long.
const mostPassword = 2048

// newPassword reads the first line.
func (c *accountsPasswordCommand) newPassword(in io.Reader) (string, error) {
	if c.NewPasswordFile != "-" {
		file, err := os.Open(c.NewPasswordFile)
		if err != nil {
			return "", fmt.Errorf("--new-password-file: %w", err)
		}
		defer file.Close()
		in = file
	}
	line, err := bufio.NewReader(io.LimitReader(in, mostPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("--new-password-file: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("--new-password-file: its first line is empty; want the password")
	}
	return line, nil
}
