package secure

import (
	"errors"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

func TestClientWithOtherRootsRefuses(t *testing.T) {
	w := newWorld(t)
	other := ok[*RootKey](t)(NewRootKey(seeded(9)))
	roots := ok[*Roots](t)(NewRoots(other.Public()))
	if err := w.replyTo(ClientConfig{Roots: roots}); !errors.Is(err, ErrUnknownRoot) {
		t.Errorf("other roots: %v", err)
	}
	both := ok[*Roots](t)(NewRoots(other.Public(), w.root.Public()))
	if err := w.replyTo(ClientConfig{Roots: both}); err != nil {
		t.Errorf("old and new root: %v", err)
	}
}

// replyTo runs a handshake against the world's gate and returns the client's
// verdict.
func (w *world) replyTo(config ClientConfig) error {
	w.tb.Helper()
	c := w.clientWith(config)
	reply, _, err := w.serverWith(ServerConfig{}).Hello(c.Hello())
	if err != nil {
		w.tb.Fatal(err)
	}
	_, err = c.Reply(reply)
	return err
}

func TestClientJudgesTheCertificate(t *testing.T) {
	honest := newWorld(t)
	other := ok[*GateKey](t)(NewGateKey(seeded(7), honest.root, "gate-2", now, now.Add(time.Hour)))
	for _, c := range []struct {
		name   string
		change func(*msgdef.CertificateBody)
		want   error
	}{
		{"as it should be", func(*msgdef.CertificateBody) {}, nil},
		{"begins now", func(b *msgdef.CertificateBody) { b.NotBefore = now.Unix() }, nil},
		{"begins later", func(b *msgdef.CertificateBody) { b.NotBefore = now.Unix() + 1 }, ErrNotYetValid},
		{"ends now", func(b *msgdef.CertificateBody) { b.NotAfter = now.Unix() }, nil},
		{"ended", func(b *msgdef.CertificateBody) { b.NotAfter = now.Unix() - 1 }, ErrExpired},
		{"for another key", func(b *msgdef.CertificateBody) { b.Key = other.body.Key }, ErrOtherKey},
		{"for newer clients", func(b *msgdef.CertificateBody) { b.MinVersion = Version + 1 }, ErrMinVersion},
	} {
		body := honest.gate.body
		c.change(&body)
		w := *honest
		w.gate = &GateKey{gateSecrets: honest.gate.gateSecrets, certificate: honest.root.Certify(body), body: body}
		if err := w.replyTo(ClientConfig{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestAStolenCertificateIsNoUse(t *testing.T) {
	w := newWorld(t)
	thief := *w
	pair, err := generateKeyPair(seeded(66))
	if err != nil {
		t.Fatal(err)
	}
	thief.gate = &GateKey{gateSecrets: gateSecrets{pair: pair}, certificate: w.gate.certificate, body: w.gate.body}
	if err := thief.replyTo(ClientConfig{}); !errors.Is(err, ErrOtherKey) {
		t.Errorf("certificate of another gate: %v", err)
	}
}
