package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/sim-im/sim/gate/client/newfile"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/tools/ops"
)

// accountsExportCommand has the flags of sim accounts export.
type accountsExportCommand struct {
	accountArg
	Output string `short:"o" placeholder:"FILE" help:"Where it goes; a file that there is is not overwritten, and this one is there when it is whole. Without it the standard output."`
	operatorFlags
}

// Help implements kong.HelpProvider.
func (accountsExportCommand) Help() string {
	return `Writes what a user gets who exports their own account, as JSON Lines: the account,
profile, settings, friends, devices, sessions, what waits to be sent, and the
conversations with the messages that the user may read. No secrets, and no media:
these are named. It works for banned accounts, not for removed ones. The message
service logs each page as an operator's act.

It is no snapshot, and nothing waits for it: what was there at the time in the
header and could be read when its page was made is there, each message once. The
last line is a footer with the number of lines of each type and a hash, by which
'sim accounts verify' knows whether the file is whole.

Progress goes to the standard error; with --json as lines of JSON.

Examples:

  sim accounts export alice -o alice.jsonl
  sim accounts export '#17' --json | gzip > 17.jsonl.gz
  sim accounts verify alice.jsonl`
}

// Validate implements kong's hook and lists every mistake.
func (c *accountsExportCommand) Validate() error {
	_, err := c.sanction()
	return errors.Join(err, c.check())
}

// Run implements the command.
func (c *accountsExportCommand) Run(p *process) error {
	s, err := c.sanction()
	if err != nil {
		return err
	}
	operator, err := c.dial(p, s)
	if err != nil {
		return err
	}
	defer operator.Close()
	x := &accountExport{process: p, moderation: operator, query: rpc.ExportQuery{UID: s.UID, Account: s.Account}, json: c.JSON}
	if c.Output == "" {
		x.to = p.out
		return x.run(s)
	}
	file, err := newfile.Create(c.Output)
	if errors.Is(err, fs.ErrExist) {
		return ops.Exit(ops.ExitUsage, fmt.Errorf("--output: %w", err))
	}
	if err != nil {
		return err
	}
	defer file.Drop()
	x.to = file
	if err := x.run(s); err != nil {
		return err
	}
	return file.Keep()
}

// accountExport is an export under way.
type accountExport struct {
	*process
	moderation rpc.Moderation
	query      rpc.ExportQuery
	to         io.Writer
	json       bool

	lines uint64
	bytes int64
	told  time.Time
}

// How often the same page is asked for, how long after the first refusal, and how often
// progress is told to people.
const (
	exportTries = 8
	exportPause = 200 * time.Millisecond
	exportTold  = 2 * time.Second
)

// run writes page after page. What is written after an error has no footer.
func (x *accountExport) run(s *rpc.Sanction) error {
	for done := false; !done; {
		page, err := x.page()
		if err != nil {
			return undecided(s, err)
		}
		n, err := x.to.Write(page.Lines)
		if x.bytes += int64(n); err != nil {
			return err
		}
		x.lines, x.query.Cursor, done = page.Count, page.Cursor, page.Done
		x.progress(done)
	}
	return nil
}

// page asks for the next one, again when it may help: a page that was lost is made
// once more.
func (x *accountExport) page() (page *rpc.ExportPage, err error) {
	for try := range exportTries {
		page, err = x.moderation.ExportOf(x, &x.query)
		var refused *rpc.Error
		if err == nil || !errors.As(err, &refused) || refused.Code < msgdef.CodeBusy || try == exportTries-1 || x.lines == 0 && refused.Code != msgdef.CodeBusy {
			break
		}
		pause := time.NewTimer(max(exportPause<<try, time.Duration(refused.Retry)*time.Millisecond))
		select {
		case <-pause.C:
		case <-x.Done():
			pause.Stop()
			return nil, x.Err()
		}
	}
	return page, err
}

// progress tells how far it is.
func (x *accountExport) progress(done bool) {
	if x.json {
		text, _ := json.Marshal(exportProgress{x.lines, x.bytes, done}) // numbers have an encoding
		fmt.Fprintf(x.err, "%s\n", text)
		return
	}
	now := time.Now()
	if x.told.IsZero() {
		x.told = now
	}
	if done || now.Sub(x.told) >= exportTold {
		x.told = now
		fmt.Fprintf(x.err, "%d lines, %.1f MiB\n", x.lines, float64(x.bytes)/(1<<20))
	}
}

// exportProgress is how far an export is, as JSON shows it.
type exportProgress struct {
	Lines uint64 `json:"lines"`
	Bytes int64  `json:"bytes"`
	Done  bool   `json:"done"`
}
