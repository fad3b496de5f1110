package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// keysCommand groups what is done with keys.
type keysCommand struct {
	Root    keysRootCommand    `cmd:"" help:"Make an offline root, which certifies gates."`
	Request keysRequestCommand `cmd:"" help:"Make a gate's keys, and ask a root to certify them."`
	Sign    keysSignCommand    `cmd:"" help:"Certify what gates ask for, where the root key is."`
	Rotate  keysRotateCommand  `cmd:"" help:"Put a gate's new keys and their certificate in use."`
	Inspect keysInspectCommand `cmd:"" help:"Say what is in files of keys, and until when it holds."`
	Revoke  keysRevokeCommand  `cmd:"" help:"Have clients refuse certificates, by the roots that they get."`
	Tickets keysTicketsCommand `cmd:"" help:"Make and rotate the keys that seal tickets for resuming."`
}

// Help implements kong.HelpProvider.
func (keysCommand) Help() string {
	return `Clients trust roots; a root certifies each gate for some weeks. The root's
private key stays on a machine without network, and a gate's on the gate:

  offline$ sim keys root root.key > roots.json      once; clients get roots.json
  gate$    sim keys request --key gate.key --name g1 --out g1.req
  offline$ sim keys sign --root-key root.key g1.req
  gate$    sim keys rotate --key gate.key --roots roots.json g1.cert
  gate$    sim gate --key gate.key ...              later on: kill -HUP PID

The last four lines are also how a certificate is renewed. No session ends.`
}

// keysOutput has the flag of every command that tells of keys.
type keysOutput struct {
	JSON bool `name:"json" help:"Write the outcome as JSON on the standard output."`
}

// show writes v as JSON, or has text write for people.
func (o keysOutput) show(out io.Writer, v any, text func(io.Writer)) error {
	if !o.JSON {
		text(out)
		return nil
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// until says when a certificate ends.
func until(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// daysFlag is a time of whole days.
type daysFlag int

// validate holds it between 1 and most.
func (d daysFlag) validate(name string, most daysFlag) error {
	if d < 1 || d > most {
		return fmt.Errorf("--%s: is %d; want 1 to %d", name, d, most)
	}
	return nil
}

func (d daysFlag) duration() time.Duration { return time.Duration(d) * 24 * time.Hour }
