package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"

	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/keys"
)

// keysRootCommand has the flags of sim keys root.
type keysRootCommand struct {
	File  string `arg:"" help:"Where the root key goes, mode 0600; it must not exist."`
	Roots string `placeholder:"FILE" help:"Also add it to this file of roots, for clients that shall trust the old root and this one."`
	keysOutput
}

// Help implements kong.HelpProvider.
func (keysRootCommand) Help() string {
	return `Run it on a machine without network, and keep a copy of the file in a safe:
without it no gate can be certified, and who has it can be any gate. What is
printed is the file of roots that clients pin; it is not secret.

Examples:

  sim keys root root.key > roots.json
  sim keys root next-root.key --roots roots.json`
}

// madeRoot is the outcome.
type madeRoot struct {
	File  string          `json:"file"`
	Root  string          `json:"root"`
	Roots json.RawMessage `json:"roots"` // what clients pin, of this root alone
}

// Run implements the command.
func (c *keysRootCommand) Run(p *process) error {
	root, err := keys.NewRoot(c.File, rand.Reader)
	if err != nil {
		return fmt.Errorf("root key: %w", err)
	}
	if c.Roots != "" {
		if err := keys.Trust(c.Roots, root); err != nil {
			return fmt.Errorf("%s is made, but clients do not trust it: %w", c.File, err)
		}
	}
	pin, err := secure.NewRoots(root.Public())
	if err != nil {
		return err
	}
	var line bytes.Buffer
	if err := json.Compact(&line, pin.JSON()); err != nil {
		return err
	}
	name := secure.RootName(root.Public())
	fmt.Fprintf(p.err, "made root %s in %s; keep it offline\n", name, c.File)
	return c.show(p.out, madeRoot{c.File, name, line.Bytes()}, func(out io.Writer) { fmt.Fprintln(out, line.String()) })
}
