package secure

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

// TestEveryTruncationOfAHandshakePayload cuts what Noise carries at every byte
// and seals it truly, as a gate or a client could that wants to do harm.
func TestEveryTruncationOfAHandshakePayload(t *testing.T) {
	w := newWorld(t)
	honest := msgdef.ServerHello{Certificate: w.gate.Certificate()}
	payload := honest.Append(nil)
	for n := range payload {
		if _, err := w.replyWith(ClassicalAESGCM, payload[:n]); err == nil {
			t.Errorf("a session after %d of %d bytes", n, len(payload))
		}
	}
	if _, err := w.replyWith(ClassicalAESGCM, payload); err != nil {
		t.Errorf("all of it: %v", err)
	}
}

func TestEveryTruncationOfACertificate(t *testing.T) {
	w := newWorld(t)
	certificate := w.gate.Certificate()
	for n := range certificate {
		if _, err := w.roots.Verify(certificate[:n], now); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	whole := w.gate.Body()
	body := whole.Append(nil)
	for n := range body {
		signed := msgdef.Certificate{Body: body[:n]}
		if _, err := w.roots.Verify(signed.Append(nil), now); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes of the body: %v", n, err)
		}
	}
}

func TestEveryTruncationOfARefusal(t *testing.T) {
	w := newWorld(t)
	refusal := msgdef.Refusal{Code: msgdef.CodeSuite, Versions: []byte{1}, Suites: []byte{1, 2}}
	body := refusal.Append(nil)
	for n := 1; n < len(body); n++ {
		packet := append([]byte{kindRefusal, byte(n), 0}, body[:n]...)
		if _, err := w.client(ClassicalAESGCM, 3).Reply(packet); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if err := w.tlsClient(ClientConfig{Suite: ClassicalAESGCM}, export).Reply(packet); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes inside TLS: %v", n, err)
		}
	}
}

func TestEveryTruncationOfKeyFiles(t *testing.T) {
	w := newWorld(t)
	for name, file := range map[string]struct {
		text  []byte
		parse func([]byte) error
	}{
		"roots": {w.roots.JSON(), func(b []byte) error { _, err := ParseRoots(b); return err }},
		"gate":  {w.gate.Encode(), func(b []byte) error { _, err := ParseGateKey(b); return err }},
		"root":  {w.root.Encode(), func(b []byte) error { _, err := ParseRootKey(b); return err }},
	} {
		text := bytes.TrimRight(file.text, "\n")
		for n := range text {
			if file.parse(text[:n]) == nil {
				t.Errorf("%s: %d of %d bytes are taken", name, n, len(text))
			}
		}
		if err := file.parse(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryTruncationOfPlaintext seals every beginning of two frames: only
// whole frames are read, and a part of one ends the direction.
func TestEveryTruncationOfPlaintext(t *testing.T) {
	e := newWorld(t).bound(HybridAESGCM)
	plain := append(text("one"), text("two")...)
	for n := 1; n < len(plain); n++ {
		in, out := e.server.In, e.client.Out
		got, err := receive(&in, sealPlain(&out, plain[:n]))
		if whole := n / 7; len(got) != whole || (err == nil) != (n%7 == 0) {
			t.Errorf("%d bytes: %q, %v", n, got, err)
		}
	}
}
