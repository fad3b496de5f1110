package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sim-im/sim/tools/keys"
)

// keysInspectCommand has the flags of sim keys inspect.
type keysInspectCommand struct {
	Roots string   `placeholder:"FILE" help:"What clients pin: certificates are held against it too."`
	Soon  daysFlag `default:"10" placeholder:"N" help:"Warn of what ends within so many days."`
	Files []string `arg:"" name:"file" help:"Keys, requests, certificates, roots, ticket keys."`
	keysOutput
}

// Help implements kong.HelpProvider.
func (keysInspectCommand) Help() string {
	return `Nothing secret is shown. The exit code is 1 when something cannot be used: it
is damaged, has ended, or clients with these roots refuse it. What ends soon is
a warning only.

Examples:

  sim keys inspect --roots roots.json /etc/sim/gate.key
  sim keys inspect --json *.cert roots.json | jq '.[] | select(.days_left < 7)'`
}

// Validate implements kong's hook.
func (c *keysInspectCommand) Validate() error { return c.Soon.validate("soon", mostDays) }

// errUnusable is what inspect ends with after it has said what is wrong.
var errUnusable = errors.New("something cannot be used")

// Run implements the command.
func (c *keysInspectCommand) Run(p *process) error {
	d := keys.Describer{Now: time.Now(), Soon: c.Soon.duration()}
	if c.Roots != "" {
		var err error
		if d.Roots, err = keys.ReadRoots(c.Roots); err != nil {
			return fmt.Errorf("--roots: %w", err)
		}
	}
	list := make([]keys.Description, len(c.Files))
	var failed error
	for i, file := range c.Files {
		list[i] = d.File(file)
		if len(list[i].Problems) > 0 {
			failed = shown{errUnusable}
		}
	}
	err := c.show(p.out, list, func(out io.Writer) {
		for _, desc := range list {
			fmt.Fprint(out, describe(desc))
		}
	})
	return errors.Join(err, failed)
}

// describe says for people what a file is.
func describe(d keys.Description) string {
	var text strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&text, "  %-12s%s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&text, "%s: %s\n", d.File, d.Kind)
	for _, field := range []struct{ name, value string }{
		{"gate", d.Name}, {"fingerprint", d.Fingerprint}, {"root", d.Root}, {"public key", d.PublicKey},
	} {
		if field.value != "" {
			row(field.name, "%s", field.value)
		}
	}
	if d.DaysLeft != nil {
		row("serial", "%d", d.Serial)
		row("valid", "%s to %s, %s", until(d.NotBefore), until(d.NotAfter), left(*d.DaysLeft))
		row("min version", "%d", d.MinVersion)
	}
	for _, r := range d.Roots {
		row("root", "%s, minimum serial %d", r.Name, r.MinSerial)
	}
	for i, name := range d.Keys {
		row("key", "%s%s", name, []string{", seals", ""}[min(i, 1)])
	}
	for _, w := range d.Warnings {
		row("warning", "%s", w)
	}
	for _, p := range d.Problems {
		row("problem", "%s", p)
	}
	return text.String()
}

func left(days int) string {
	switch {
	case days < 0:
		return "ended"
	case days == 1:
		return "1 day left"
	}
	return fmt.Sprintf("%d days left", days)
}
