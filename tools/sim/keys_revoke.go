package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/keys"
)

// keysRevokeCommand has the flags of sim keys revoke.
type keysRevokeCommand struct {
	Roots        string   `required:"" env:"SIM_ROOTS" placeholder:"FILE" help:"What clients pin: it is changed, and clients have to get it."`
	Keep         []string `placeholder:"FILE" help:"Certificates, or keys with theirs, that must hold on; nothing is done when one would not."`
	Certificates []string `arg:"" name:"certificate" help:"Files of certificates that clients shall refuse, or of keys with theirs."`
	keysOutput
}

// Help implements kong.HelpProvider.
func (keysRevokeCommand) Help() string {
	return `A root's certificates are revoked by serial: those up to the highest that is
given, so also every earlier one. Certify the other gates anew first, and name
their certificates with --keep. Clients refuse the revoked ones from when they
have the new file of roots, which comes with an app or its settings; until then
the end of the certificate is what protects them.

Examples:

  sim keys revoke --roots roots.json stolen.cert --keep g1.cert --keep g2.cert`
}

// revoked is the outcome for one root.
type revoked struct {
	Root      string `json:"root"`
	MinSerial uint64 `json:"min_serial"`
	Raised    bool   `json:"raised"` // else it was as high already
}

// held is a certificate of a file.
type held struct {
	file, root string
	serial     uint64
}

// Run implements the command.
func (c *keysRevokeCommand) Run(p *process) error {
	roots, err := keys.ReadRoots(c.Roots)
	if err != nil {
		return fmt.Errorf("--roots: %w", err)
	}
	revoke, errRevoke := readCertificates(c.Certificates)
	keep, errKeep := readCertificates(c.Keep)
	if err := errors.Join(errRevoke, errKeep); err != nil {
		return fmt.Errorf("nothing is revoked:\n%w", err)
	}
	list := roots.List()
	outcome, err := raise(list, revoke, keep)
	if err != nil {
		return fmt.Errorf("nothing is revoked:\n%w", err)
	}
	if err := keys.WriteRoots(c.Roots, list); err != nil {
		return err
	}
	return c.show(p.out, outcome, func(out io.Writer) {
		for _, r := range outcome {
			fmt.Fprintf(out, "%s: root %s, minimum serial %d\n", c.Roots, r.Root, r.MinSerial)
		}
	})
}

// raise changes list so that all of revoke are refused, unless one of keep
// would be too.
func raise(list []secure.Root, revoke, keep []held) ([]revoked, error) {
	var errs []error
	var outcome []revoked
	for _, h := range revoke {
		raised, err := keys.Revoke(list, h.root, h.serial+1)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", h.file, err))
		}
		if raised {
			outcome = append(outcome, revoked{Root: h.root, Raised: true})
		}
	}
	least := map[string]uint64{}
	for _, r := range list {
		least[secure.RootName(r.Key)] = r.MinSerial
	}
	for _, h := range keep {
		if h.serial < least[h.root] {
			errs = append(errs, fmt.Errorf("%s: its serial %d is below %d: have it signed anew first", h.file, h.serial, least[h.root]))
		}
	}
	return summary(outcome, revoke, least), errors.Join(errs...)
}

// summary is one line for each root that was asked for.
func summary(changes []revoked, revoke []held, least map[string]uint64) (list []revoked) {
	seen := map[string]bool{}
	for _, h := range revoke {
		if seen[h.root] {
			continue
		}
		seen[h.root] = true
		r := revoked{Root: h.root, MinSerial: least[h.root]}
		for _, c := range changes {
			r.Raised = r.Raised || c.Root == h.root
		}
		list = append(list, r)
	}
	return list
}

func readCertificates(files []string) (list []held, err error) {
	var errs []error
	for _, file := range files {
		h, err := readCertificate(file)
		list, errs = append(list, h), append(errs, err)
	}
	return list, errors.Join(errs...)
}

func readCertificate(file string) (held, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return held{}, err
	}
	certificate, err := secure.ParseCertificateText(text)
	if key, errKey := secure.ParseGateKey(text); errKey == nil {
		certificate, err = key.Certificate(), nil
	}
	if err != nil {
		return held{}, fmt.Errorf("%s: %w", file, err)
	}
	root, body, err := secure.DescribeCertificate(certificate)
	return held{file, root, body.Serial}, err
}
