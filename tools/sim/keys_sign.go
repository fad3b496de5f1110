package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/keys"
)

// keysSignCommand has the flags of sim keys sign.
type keysSignCommand struct {
	RootKey    string   `required:"" env:"SIM_ROOT_KEY_FILE" placeholder:"FILE" help:"The root key."`
	Days       daysFlag `default:"28" placeholder:"N" help:"How long the certificates hold, 1 to 400 days."`
	MinVersion uint8    `default:"1" placeholder:"N" help:"Lowest protocol version that clients may speak to the gates."`
	Expect     []string `placeholder:"FINGERPRINT" help:"What the gates' operators have read to you; other requests are refused."`
	Requests   []string `arg:"" name:"request" help:"Files of requests. The certificate of g1.req goes to g1.cert."`
	keysOutput
}

// Help implements kong.HelpProvider.
func (keysSignCommand) Help() string {
	return `Run it where the root key is. Nothing is signed unless all requests can be.
Compare the fingerprints with those that the gates showed: a request that
somebody exchanged on its way would make them a gate.

Examples:

  sim keys sign --root-key root.key g1.req
  sim keys sign --root-key root.key --days 14 g1.req g2.req
  sim keys sign --root-key root.key --expect 9f2c6d10b3a4e857 g1.req`
}

// mostDays bounds how long a certificate may hold.
const mostDays = 400

// Validate implements kong's hook and lists every mistake.
func (c *keysSignCommand) Validate() error {
	err := c.Days.validate("days", mostDays)
	if c.MinVersion == 0 {
		err = errors.Join(err, errors.New("--min-version: is 0; versions begin with 1"))
	}
	return err
}

// signed is the outcome for one request.
type signed struct {
	Request     string    `json:"request"`
	Certificate string    `json:"certificate"` // file
	Name        string    `json:"name"`
	Fingerprint string    `json:"fingerprint"`
	Root        string    `json:"root"`
	Serial      uint64    `json:"serial"`
	NotAfter    time.Time `json:"not_after"`
	MinVersion  uint8     `json:"min_version"`

	text []byte
}

// Run implements the command.
func (c *keysSignCommand) Run(p *process) error {
	root, err := keys.ReadPrivateRoot(c.RootKey)
	if err != nil {
		return fmt.Errorf("--root-key: %w", err)
	}
	terms := keys.Terms(time.Now(), c.Days.duration(), c.MinVersion)
	list := make([]signed, len(c.Requests))
	var errs []error
	for i, file := range c.Requests {
		list[i], err = c.sign(root, file, terms)
		errs = append(errs, err)
		terms.NotBefore = terms.NotBefore.Add(time.Millisecond) // a serial of its own for each
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("nothing is signed:\n%w", err)
	}
	for _, s := range list {
		if err := keys.WriteFile(s.Certificate, s.text); err != nil {
			return err
		}
	}
	if c.MinVersion > secure.Version {
		fmt.Fprintf(p.err, "warning: clients of this program speak version %d, and will not connect\n", secure.Version)
	}
	return c.show(p.out, list, func(out io.Writer) {
		for _, s := range list {
			fmt.Fprintf(out, "%s: certificate of gate %q until %s, serial %d; fingerprint %s\n", s.Certificate, s.Name, until(s.NotAfter), s.Serial, s.Fingerprint)
		}
	})
}

func (c *keysSignCommand) sign(root *secure.RootKey, file string, terms secure.Terms) (signed, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return signed{}, err
	}
	request, err := secure.ParseRequest(text)
	if err != nil {
		return signed{}, fmt.Errorf("%s: %w", file, err)
	}
	if !c.expects(request.Fingerprint()) {
		return signed{}, fmt.Errorf("%s: fingerprint %s is not expected: somebody may have exchanged the request", file, request.Fingerprint())
	}
	certificate, err := root.Sign(request, terms)
	if err != nil {
		return signed{}, fmt.Errorf("%s: %w", file, err)
	}
	name, body, err := secure.DescribeCertificate(certificate)
	return signed{
		Request: file, Certificate: strings.TrimSuffix(file, ".req") + ".cert", Name: body.Name, Fingerprint: request.Fingerprint(),
		Root: name, Serial: body.Serial, NotAfter: time.Unix(body.NotAfter, 0).UTC(), MinVersion: body.MinVersion,
		text: secure.CertificateText(certificate),
	}, err
}

func (c *keysSignCommand) expects(fingerprint string) bool {
	for _, f := range c.Expect {
		if strings.EqualFold(f, fingerprint) {
			return true
		}
	}
	return len(c.Expect) == 0
}
