package chat

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/sim-im/sim/gate/client"
)

// exportTo is :export file.
type exportTo struct{ file string }

// exportTold is how often it is told how far an export is.
const exportTold = 2 * time.Second

func readExport(_ []string, rest string) (command, string) { return exportTo{rest}, "" }

// exportEvent says how far the export of the account is.
type exportEvent struct {
	Event string `json:"event"` // export
	File  string `json:"file"`
	Lines uint64 `json:"lines"`
	Bytes int64  `json:"bytes"`
	Done  bool   `json:"done"` // the file is there, and whole
}

// run writes the user's own account to a file that is there when it is whole.
func (c exportTo) run(parent context.Context, s *session) error {
	ctx, cancel := context.WithTimeout(parent, transferMost)
	defer cancel()
	told := time.Now()
	show := func(e client.Exported, done bool) {
		s.screen.show(exportEvent{Event: "export", File: c.file, Lines: e.Lines, Bytes: e.Bytes, Done: done})
	}
	written, err := s.client.ExportFile(ctx, c.file, func(e client.Exported) {
		if now := time.Now(); now.Sub(told) >= exportTold {
			told = now
			show(e, false)
		}
	})
	var refused *client.Error
	switch {
	case errors.Is(err, fs.ErrExist):
		return err // which says it all
	case errors.As(err, &refused):
		return unanswered("an export of your account", err)
	case err != nil:
		return fmt.Errorf("%s: %w", c.file, err)
	}
	show(written, true)
	return nil
}

func (s *textScreen) export(e exportEvent) {
	what := "has so far"
	if e.Done {
		what = "has all of your account:"
	}
	fmt.Fprintf(s.out, "-- %s %s %d lines, %s\n", printable(e.File), what, e.Lines, size(uint64(e.Bytes)))
}
