package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/tools/node"
	"github.com/sim-im/sim/tools/ops"
)

// accountsCommand groups what operators do to accounts.
type accountsCommand struct {
	Show     accountsShowCommand     `cmd:"" help:"Say how an account is."`
	Log      accountsLogCommand      `cmd:"" help:"List when and where a user was signed in, and why no longer."`
	Export   accountsExportCommand   `cmd:"" help:"Write all that is kept of an account, as its user may read it."`
	Verify   accountsVerifyCommand   `cmd:"" help:"Say whether an export is whole, or what is wrong with it."`
	Ban      accountsBanCommand      `cmd:"" help:"End a user's sessions, and refuse their logins."`
	Unban    accountsUnbanCommand    `cmd:"" help:"Lift a ban; the user logs in anew."`
	Revoke   accountsRevokeCommand   `cmd:"" help:"End a user's sessions and tokens; the user logs in anew."`
	Password accountsPasswordCommand `cmd:"" help:"Give an account another password, and end the user's sessions and tokens."`
	Remove   accountsRemoveCommand   `cmd:"" help:"Delete an account for good; nobody gets its name again."`
}

// Help implements kong.HelpProvider.
func (accountsCommand) Help() string {
	return `What is decided is durable when the command returns. Sessions end within
seconds, at every gate, and are told the reason; tokens and tickets are worth
nothing from then on.

An account is named, or given by its number as '#17'; the quotes are for the
shell. One whose name begins with # is written with another # before it.

Without --imservice and --redis the sim dev of this machine is asked. A cluster
with certificates takes nothing from anybody who has none: give --rpc-cert,
--rpc-key and --rpc-ca.

Exit codes: 0 done, 2 wrong flags, 3 nobody answers, 4 refused: no such account.

Examples:

  sim accounts show alice
  sim accounts log alice --most 100
  sim accounts export alice -o alice.jsonl
  sim accounts ban mallory --until 7d --reason 'spam'
  sim accounts password alice --new-password-file - <new.txt
  sim accounts revoke '#17' --device 9133372036854775807
  sim accounts ban mallory --redis redis://127.0.0.1:6379 --json`
}

// operatorFlags say whom an operator talks to.
type operatorFlags struct {
	IMService ops.HostPort `env:"SIM_IMSERVICE" name:"imservice" placeholder:"HOST:PORT" help:"Where a message service is called, its --rpc; that of sim dev, 127.0.0.1:7103, unless --redis says where to look."`
	redisFlags
	peerFlags
	JSON bool `name:"json" help:"Write the account as it is then as JSON on the standard output."`
}

// devRPC is where sim dev is called unless it was told otherwise.
const devRPC = "127.0.0.1:7103"

// options makes options of the flags. The error lists mistakes.
func (f *operatorFlags) options() (node.OperatorOptions, error) {
	redis, err := f.redis()
	o := node.OperatorOptions{Addr: f.IMService.String(), Redis: redis, TLS: f.credentials()}
	looked := redis.URL != "" || len(redis.Nodes) > 0
	switch {
	case o.Addr != "" && looked:
		err = errors.Join(err, errors.New("--imservice, --redis: give one of them"))
	case o.Addr == "" && !looked:
		o.Addr = devRPC
	}
	return o, err
}

// check lists every mistake of the flags.
func (f *operatorFlags) check() error {
	o, err := f.options()
	return errors.Join(err, o.Validate())
}

// accountArg names an account.
type accountArg struct {
	Account string `arg:"" name:"account" help:"Its name, or '#' and its number."`
}

// sanction names the account in a request.
func (a accountArg) sanction() (*rpc.Sanction, error) {
	text, numbered := strings.CutPrefix(a.Account, "#")
	switch {
	case numbered && strings.HasPrefix(text, "#"):
		return &rpc.Sanction{Account: text}, nil
	case numbered:
		uid, err := strconv.ParseUint(text, 10, 64)
		if err != nil || uid == 0 {
			return nil, fmt.Errorf("%q: a number follows #, like '#17'", a.Account)
		}
		return &rpc.Sanction{UID: uid}, nil
	case len(a.Account) > 64:
		return nil, fmt.Errorf("%q is no account name: at most 64 bytes", a.Account)
	}
	return &rpc.Sanction{Account: a.Account}, nil
}

// decision is one of the methods of rpc.Moderation.
type decision = func(rpc.Moderation, context.Context, *rpc.Sanction) (*rpc.AccountState, error)

// decide has a message service decide, and shows what came of it.
func (f *operatorFlags) decide(p *process, s *rpc.Sanction, do decision) error {
	return f.ask(p, s, func(m rpc.Moderation) (*rpc.AccountState, error) { return do(m, p, s) })
}

// dial calls the message service that is asked about the account that s names. The
// caller closes what it returns.
func (f *operatorFlags) dial(p *process, s *rpc.Sanction) (*node.Operator, error) {
	o, err := f.options()
	if err != nil {
		return nil, ops.Exit(ops.ExitUsage, err)
	}
	operator, err := node.DialOperator(p, o)
	if err != nil {
		return nil, undecided(s, err)
	}
	return operator, nil
}

// ask calls a message service about the account that s names, and shows what came
// of it.
func (f *operatorFlags) ask(p *process, s *rpc.Sanction, do func(rpc.Moderation) (*rpc.AccountState, error)) error {
	operator, err := f.dial(p, s)
	if err != nil {
		return err
	}
	defer operator.Close()
	state, err := do(operator)
	if err != nil {
		return undecided(s, err)
	}
	if !f.JSON {
		describeAccount(p.out, state)
		return nil
	}
	return writeJSON(p.out, accountOf(state))
}

// writeJSON writes a value for programs that people read too.
func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// undecided gives an error its exit code.
func undecided(s *rpc.Sanction, err error) error {
	var options *node.OptionsError
	if errors.As(err, &options) {
		return ops.Exit(ops.ExitUsage, err)
	}
	switch code := rpc.CodeOf(err); {
	case code == msgdef.CodeUnknownUser && s.UID != 0:
		return ops.Exit(ops.ExitRefused, fmt.Errorf("there is no account #%d", s.UID))
	case code == msgdef.CodeUnknownUser:
		return ops.Exit(ops.ExitRefused, fmt.Errorf("there is no account %s", s.Account))
	case code >= msgdef.CodeBusy:
		return ops.Exit(ops.ExitUnreachable, err)
	}
	return ops.Exit(ops.ExitRefused, err)
}

// account is an account as JSON shows it.
type account struct {
	UID        uint64     `json:"uid"`
	Account    string     `json:"account"`
	Generation uint64     `json:"generation"`
	State      string     `json:"state"`           // active, banned, deleting or deleted
	Until      *time.Time `json:"until,omitempty"` // of a ban that ends
	Reason     string     `json:"reason,omitempty"`
	Done       uint8      `json:"done,omitempty"`  // steps, while it is deleting
	Steps      uint8      `json:"steps,omitempty"` // that there are
}

func accountOf(s *rpc.AccountState) account {
	a := account{UID: s.UID, Account: s.Account, Generation: s.Generation, State: "active"}
	switch {
	case s.Removed && s.Done < s.Steps:
		a.State, a.Done, a.Steps = "deleting", s.Done, s.Steps
	case s.Removed:
		a.State = "deleted"
	case s.Banned:
		a.State, a.Reason = "banned", s.Reason
		if s.Until != 0 {
			until := time.UnixMilli(s.Until).UTC()
			a.Until = &until
		}
	}
	return a
}

// describeAccount writes an account for people.
func describeAccount(out io.Writer, s *rpc.AccountState) {
	a := accountOf(s)
	text := a.State
	switch {
	case a.Until != nil:
		text += " until " + a.Until.Format("2006-01-02 15:04:05 MST")
	case a.State == "banned":
		text += " for good"
	case a.State == "deleting":
		text = fmt.Sprintf("being deleted: %d of %d steps", a.Done, a.Steps)
	}
	if a.Reason != "" {
		text += ": " + a.Reason
	}
	fmt.Fprintf(out, "%s (#%d) is %s\n", strconv.QuoteToGraphic(a.Account), a.UID, text)
}
