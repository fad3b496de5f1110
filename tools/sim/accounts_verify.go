package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/sim-im/sim/imservice/export"
	"github.com/sim-im/sim/tools/ops"
)

// accountsVerifyCommand has the flags of sim accounts verify.
type accountsVerifyCommand struct {
	File string `arg:"" help:"An export; - is the standard input."`
	JSON bool   `name:"json" help:"Write what was found as JSON on the standard output."`
}

// Help implements kong.HelpProvider.
func (accountsVerifyCommand) Help() string {
	return `Reads a file that 'sim accounts export', ':export' of sim chat, or an app has
written, and says everything that is wrong with it: lines that are missing, twice,
changed or in another place, and whether its end is there. No server is asked.

Who changes a file on purpose can write the right hash under it as well.

Exit codes: 0 nothing is wrong, 1 it cannot be read, 4 something is wrong.

Examples:

  sim accounts verify alice.jsonl
  gunzip -c 17.jsonl.gz | sim accounts verify - --json`
}

// exportVerdict is what was found, as JSON shows it.
type exportVerdict struct {
	OK      bool              `json:"ok"`
	Account string            `json:"account,omitempty"`
	UID     uint64            `json:"uid,omitempty"`
	At      *time.Time        `json:"at,omitempty"`
	Lines   uint64            `json:"lines"`
	Bytes   int64             `json:"bytes"`
	Counts  map[string]uint64 `json:"counts"`
	Faults  []string          `json:"faults"`
	More    uint64            `json:"more_faults,omitempty"`
}

// Run implements the command.
func (c *accountsVerifyCommand) Run(p *process) error {
	var from io.Reader = p.in
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		from = file
	}
	report, err := export.Verify(from)
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(p.out, verdictOf(report))
	} else {
		describeExport(p.out, report)
	}
	if err == nil && !report.OK() {
		err = ops.Exit(ops.ExitRefused, fmt.Errorf("%s: %d things are wrong", c.File, uint64(len(report.Faults))+report.More))
	}
	return err
}

func verdictOf(r *export.Report) exportVerdict {
	v := exportVerdict{
		OK: r.OK(), Account: r.Header.Account, UID: uint64(r.Header.UID),
		Lines: r.Lines, Bytes: r.Bytes, Counts: r.Counts, Faults: r.Faults, More: r.More,
	}
	if v.Faults == nil {
		v.Faults = []string{}
	}
	if r.Header.At != 0 {
		at := time.UnixMilli(int64(r.Header.At)).UTC()
		v.At = &at
	}
	return v
}

// describeExport writes what was found for people.
func describeExport(out io.Writer, r *export.Report) {
	for _, fault := range r.Faults {
		fmt.Fprintln(out, strings.Map(visible, fault))
	}
	if r.More > 0 {
		fmt.Fprintf(out, "and %d more\n", r.More)
	}
	if r.OK() {
		fmt.Fprintf(out, "whole: %q (#%d) as of %s, %d lines, %d messages in %d conversations\n",
			r.Header.Account, r.Header.UID, time.UnixMilli(int64(r.Header.At)).UTC().Format("2006-01-02 15:04:05 MST"),
			r.Lines, r.Counts["message"], r.Counts["conversation"])
	}
}

// visible keeps what a file says of itself from moving a terminal's cursor.
func visible(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}
