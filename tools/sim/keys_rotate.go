package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sim-im/sim/tools/keys"
)

// keysRotateCommand has the flags of sim keys rotate.
type keysRotateCommand struct {
	Key         string `required:"" env:"SIM_KEY_FILE" placeholder:"FILE" help:"The gate's key, that of sim gate --key; the new keys wait in FILE.next."`
	Roots       string `required:"" env:"SIM_ROOTS" placeholder:"FILE" help:"What clients pin: nothing is put in use that they would refuse."`
	Certificate string `arg:"" help:"File that sim keys sign has made."`
	keysOutput
}

// Help implements kong.HelpProvider.
func (keysRotateCommand) Help() string {
	return `Run it on the gate. The keys that wait become those in use, together with
their certificate; a gate that runs takes them at SIGHUP, or within the hour.
Sessions go on: only handshakes use them.

Examples:

  sim keys rotate --key /etc/sim/gate.key --roots roots.json g1.cert && kill -HUP $(pidof sim)`
}

// rotated is the outcome.
type rotated struct {
	File     string    `json:"file"`
	Name     string    `json:"name"`
	Serial   uint64    `json:"serial"`
	NotAfter time.Time `json:"not_after"`
}

// Run implements the command.
func (c *keysRotateCommand) Run(p *process) error {
	roots, err := keys.ReadRoots(c.Roots)
	if err != nil {
		return fmt.Errorf("--roots: %w", err)
	}
	text, err := os.ReadFile(c.Certificate)
	if err != nil {
		return err
	}
	key, err := keys.GateFile{File: c.Key}.Install(text, roots)
	if err != nil {
		return fmt.Errorf("%s is not put in use: %w", c.Certificate, err)
	}
	body := key.Body()
	outcome := rotated{c.Key, body.Name, body.Serial, time.Unix(body.NotAfter, 0).UTC()}
	return c.show(p.out, outcome, func(out io.Writer) {
		fmt.Fprintf(out, "%s: key of gate %q until %s, serial %d; a gate that runs takes it at SIGHUP\n", c.Key, body.Name, until(outcome.NotAfter), body.Serial)
	})
}
