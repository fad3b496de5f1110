package main

import (
	"log/slog"
	"path/filepath"

	"github.com/sim-im/sim/tools/bench/fill"
	"github.com/sim-im/sim/tools/ops"
)

// benchFillCommand has the flags of sim bench fill.
type benchFillCommand struct {
	Data     string `required:"" placeholder:"DIR" help:"Data folder of sim dev, which must not run; made when missing. sim imservice finds the store in DIR/store."`
	Users    int    `default:"100000" help:"Accounts."`
	Messages int64  `default:"10000000" help:"Messages, spread over the conversations by chance."`
	Friends  int    `default:"10" help:"With how many others each account has a conversation, an even number."`
	Size     int    `default:"200" help:"Bytes of a message body."`
	ops.LogFlags
}

// Help implements kong.HelpProvider.
func (benchFillCommand) Help() string {
	return `Makes a store as it is after long use, to measure what its size costs. The
same flags give the same accounts and messages. It takes minutes, and about
four gigabytes of the disk per ten million messages.

Example:

  sim bench fill --data grown && sim dev --data grown`
}

func (b *benchFillCommand) plan() fill.Plan {
	return fill.Plan{Users: b.Users, Messages: b.Messages, Friends: b.Friends, Size: b.Size}
}

// Validate implements kong's hook and lists every mistake.
func (b *benchFillCommand) Validate() error { return b.plan().Validate() }

// Run implements the command.
func (b *benchFillCommand) Run(p *process) error {
	return fill.Folder(p, filepath.Join(b.Data, "store"), b.plan(), b.Logger(p.err, new(slog.LevelVar)), p.err)
}
