package keys

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// Description says what is in a file of keys, without anything secret. Fields
// that the kind of file does not have are empty.
type Description struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`   // see the kinds
	Secret bool   `json:"secret"` // it must not leave its machine

	Name        string `json:"name,omitempty"`        // of the gate
	Fingerprint string `json:"fingerprint,omitempty"` // of keys that wait, and of their request
	Root        string `json:"root,omitempty"`        // name of who signed, or of this root
	PublicKey   string `json:"public_key,omitempty"`  // of a root, base64

	Serial     uint64    `json:"serial,omitempty"`
	NotBefore  time.Time `json:"not_before,omitzero"`
	NotAfter   time.Time `json:"not_after,omitzero"`
	DaysLeft   *int      `json:"days_left,omitempty"` // whole days until NotAfter; negative after it
	MinVersion uint8     `json:"min_version,omitempty"`

	Roots []RootDescription `json:"roots,omitempty"`
	Keys  []string          `json:"keys,omitempty"` // names of ticket keys; the first seals

	Problems []string `json:"problems,omitempty"` // it cannot be used as it is
	Warnings []string `json:"warnings,omitempty"`
}

// RootDescription is one of several roots.
type RootDescription struct {
	Name      string `json:"name"`
	PublicKey string `json:"public_key"`
	MinSerial uint64 `json:"min_serial"` // certificates with less are revoked
}

// The kinds of files.
const (
	KindRootKey     = "root key"
	KindGateKey     = "gate key"
	KindWaiting     = "gate key without certificate"
	KindRequest     = "request"
	KindCertificate = "certificate"
	KindRoots       = "roots"
	KindTickets     = "ticket keys"
	KindUnknown     = "unknown"
)

// Describer looks into files.
type Describer struct {
	Now   time.Time
	Soon  time.Duration // before its end a certificate is warned of
	Roots *secure.Roots // what clients pin, to hold certificates against; may be nil
}

// File describes a file. What cannot be read or is none of ours is a problem.
func (d Describer) File(name string) Description {
	desc := Description{File: name, Kind: KindUnknown}
	text, err := os.ReadFile(name)
	if err == nil {
		err = d.text(&desc, text)
	}
	if err != nil {
		desc.problem("%v", err)
	}
	if desc.Secret {
		if err := private(name); err != nil {
			desc.warn("%v", err)
		}
	}
	return desc
}

// text finds out what a text is by how it begins.
func (d Describer) text(desc *Description, text []byte) error {
	begins := func(prefix string) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte(prefix)) }
	switch {
	case begins("sim-root-key-"):
		return d.rootKey(desc, text)
	case begins("sim-gate-request-"):
		return d.request(desc, text)
	case begins("sim-gate-certificate-"):
		desc.Kind = KindCertificate
		certificate, err := secure.ParseCertificateText(text)
		if err != nil {
			return err
		}
		return d.certificate(desc, certificate)
	case begins("{") && bytes.Contains(text, []byte(`"roots"`)):
		return d.roots(desc, text)
	case begins("{"):
		return d.gateKey(desc, text)
	case begins("#"), begins("sim-ticket-key-"):
		return d.tickets(desc, text)
	}
	return errors.New("not a file of keys that sim makes")
}

func (d Describer) rootKey(desc *Description, text []byte) error {
	desc.Kind, desc.Secret = KindRootKey, true
	root, err := secure.ParseRootKey(text)
	if err == nil {
		desc.Root, desc.PublicKey = secure.RootName(root.Public()), encode(root.Public())
	}
	return err
}

func (d Describer) request(desc *Description, text []byte) error {
	desc.Kind = KindRequest
	r, err := secure.ParseRequest(text)
	if err == nil {
		desc.Name, desc.Fingerprint = r.Name, r.Fingerprint()
	}
	return err
}

func (d Describer) gateKey(desc *Description, text []byte) error {
	desc.Kind, desc.Secret = KindGateKey, true
	key, err := secure.ParseGateKey(text)
	if errors.Is(err, secure.ErrNoCertificate) {
		desc.Kind = KindWaiting
		return nil
	}
	if err != nil {
		return err
	}
	return d.certificate(desc, key.Certificate())
}

func (d Describer) roots(desc *Description, text []byte) error {
	desc.Kind = KindRoots
	roots, err := secure.ParseRoots(text)
	if err != nil {
		return err
	}
	for _, r := range roots.List() {
		desc.Roots = append(desc.Roots, RootDescription{secure.RootName(r.Key), encode(r.Key), r.MinSerial})
	}
	return nil
}

func (d Describer) tickets(desc *Description, text []byte) error {
	desc.Kind, desc.Secret = KindTickets, true
	k, err := secure.ParseTicketKeys(text)
	if err == nil {
		desc.Keys = k.Names()
	}
	return err
}

func (d Describer) certificate(desc *Description, certificate []byte) error {
	root, body, err := secure.DescribeCertificate(certificate)
	if err != nil {
		return err
	}
	desc.Root, desc.Name, desc.Serial, desc.MinVersion = root, body.Name, body.Serial, body.MinVersion
	desc.NotBefore, desc.NotAfter = time.Unix(body.NotBefore, 0).UTC(), time.Unix(body.NotAfter, 0).UTC()
	days := DaysLeft(&body, d.Now)
	desc.DaysLeft = &days
	d.judge(desc, certificate)
	return nil
}

// judge says what is wrong with a certificate today, or will be soon.
func (d Describer) judge(desc *Description, certificate []byte) {
	switch {
	case d.Now.After(desc.NotAfter):
		desc.problem("it ended on %s: clients refuse the gate", day(desc.NotAfter))
	case d.Now.Before(desc.NotBefore):
		desc.problem("it does not begin before %s", day(desc.NotBefore))
	case d.Now.Add(d.Soon).After(desc.NotAfter):
		desc.warn("it ends on %s: make a request, and have it signed", day(desc.NotAfter))
	}
	if desc.MinVersion > secure.Version {
		desc.warn("it demands version %d of clients, this program's speak %d", desc.MinVersion, secure.Version)
	}
	if d.Roots == nil {
		return
	}
	_, err := d.Roots.Verify(certificate, d.Now)
	if err != nil && !errors.Is(err, secure.ErrExpired) && !errors.Is(err, secure.ErrNotYetValid) {
		desc.problem("clients with these roots refuse it: %v", err)
	}
}

// DaysLeft returns how many whole days a certificate holds from now on,
// negative when it has ended.
func DaysLeft(body *msgdef.CertificateBody, now time.Time) int {
	left := time.Unix(body.NotAfter, 0).Sub(now)
	if left < 0 {
		return int(left/(24*time.Hour)) - 1
	}
	return int(left / (24 * time.Hour))
}

func day(t time.Time) string { return t.Format("2006-01-02 15:04 MST") }

func encode(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

func (d *Description) problem(format string, args ...any) {
	d.Problems = append(d.Problems, fmt.Sprintf(format, args...))
}

func (d *Description) warn(format string, args ...any) {
	d.Warnings = append(d.Warnings, fmt.Sprintf(format, args...))
}
