package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sim-im/sim/tools/keys"
)

// keysRequestCommand has the flags of sim keys request.
type keysRequestCommand struct {
	Key  string `required:"" env:"SIM_KEY_FILE" placeholder:"FILE" help:"The gate's key, that of sim gate --key; the new keys wait in FILE.next."`
	Name string `required:"" placeholder:"NAME" help:"What the certificate calls the gate, 1 to 64 bytes."`
	Out  string `placeholder:"FILE" help:"Where the request goes, instead of the standard output."`
	keysOutput
}

// Help implements kong.HelpProvider.
func (keysRequestCommand) Help() string {
	return `Run it on the gate. It makes new keys, which wait beside those in use; asked
again, it makes none and repeats the request. Bring the request to the root key,
and compare the fingerprint there.

Examples:

  sim keys request --key /etc/sim/gate.key --name g1 --out g1.req
  sim keys request --key /etc/sim/gate.key --name g1 | ssh vault 'cat > g1.req'`
}

// madeRequest is the outcome.
type madeRequest struct {
	Waiting     string `json:"waiting"` // file of the keys
	Made        bool   `json:"made"`    // just now
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Request     string `json:"request"` // a line of text
}

// Run implements the command.
func (c *keysRequestCommand) Run(p *process) error {
	gate := keys.GateFile{File: c.Key}
	request, made, err := gate.Request(c.Name)
	if err != nil {
		return err
	}
	text := request.Encode()
	if c.Out != "" {
		if err := keys.WriteFile(c.Out, text); err != nil {
			return err
		}
	}
	how := "made keys"
	if !made {
		how = "keys wait already"
	}
	fmt.Fprintf(p.err, "%s in %s; fingerprint %s\n", how, gate.Next(), request.Fingerprint())
	outcome := madeRequest{gate.Next(), made, c.Name, request.Fingerprint(), strings.TrimSpace(string(text))}
	return c.show(p.out, outcome, func(out io.Writer) {
		if c.Out == "" {
			_, _ = out.Write(text) // who does not read it asks again
		}
	})
}
