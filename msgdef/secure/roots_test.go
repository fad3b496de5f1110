package secure

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

func TestRootsSurviveTheirFile(t *testing.T) {
	w := newWorld(t)
	text := w.roots.JSON()
	again := ok[*Roots](t)(ParseRoots(text))
	if !bytes.Equal(again.JSON(), text) {
		t.Errorf("%s became %s", text, again.JSON())
	}
	body, err := again.Verify(w.gate.Certificate(), now)
	if err != nil || body != w.gate.Body() {
		t.Errorf("Verify = %+v, %v", body, err)
	}
}

func TestMinSerialRevokes(t *testing.T) {
	w := newWorld(t)
	for min, want := range map[uint64]error{w.gate.body.Serial: nil, w.gate.body.Serial + 1: ErrRevoked} {
		file := rootsFile{[]rootEntry{{Key: w.root.Public(), MinSerial: min}}}
		roots := ok[*Roots](t)(ParseRoots(ok[[]byte](t)(json.Marshal(file))))
		if _, err := roots.Verify(w.gate.Certificate(), now); !errors.Is(err, want) {
			t.Errorf("minimum %d: %v, want %v", min, err, want)
		}
	}
}

func TestWrongRootsFiles(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	entry := `{"key":"` + key + `"}`
	for name, text := range map[string]string{
		"nothing":       "",
		"no object":     "[]",
		"no roots":      `{"roots":[]}`,
		"short key":     `{"roots":[{"key":"AAAA"}]}`,
		"no base64":     `{"roots":[{"key":"!"}]}`,
		"twice":         `{"roots":[` + entry + `,` + entry + `]}`,
		"unknown field": `{"roots":[` + entry + `],"min-serial":3}`,
		"trailing":      `{"roots":[` + entry + `]} {}`,
		"too many":      `{"roots":[` + strings.Repeat(entry+",", MaxRoots) + entry + `]}`,
	} {
		if _, err := ParseRoots([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestEveryMistakeIsReported(t *testing.T) {
	_, err := ParseRoots([]byte(`{"roots":[{"key":"AAAA"},{"key":"AAAAAA=="}]}`))
	if err == nil || !strings.Contains(err.Error(), "number 1") || !strings.Contains(err.Error(), "number 2") {
		t.Errorf("one of two mistakes is missing: %v", err)
	}
}

// TestOneFlippedBitOfACertificate changes every bit of the encoding.
func TestOneFlippedBitOfACertificate(t *testing.T) {
	w := newWorld(t)
	c := w.gate.Certificate()
	for bit := range 8 * len(c) {
		if body, err := w.roots.Verify(flip(c, bit), now); err == nil && body != w.gate.Body() {
			t.Errorf("bit %d: accepted %+v", bit, body)
		} else if err == nil {
			t.Errorf("bit %d: not noticed", bit)
		}
	}
	for n := range c {
		if _, err := w.roots.Verify(c[:n], now); err == nil {
			t.Errorf("cut to %d bytes: accepted", n)
		}
	}
}

func TestASignatureIsForItsPurpose(t *testing.T) {
	w := newWorld(t)
	other := ok[*RootKey](t)(NewRootKey(seeded(8)))
	var c msgdef.Certificate
	if err := c.Decode(other.Certify(w.gate.body)); err != nil {
		t.Fatal(err)
	}
	c.Root = rootID(w.root.Public())
	if _, err := w.roots.Verify(c.Append(nil), now); !errors.Is(err, ErrSignature) {
		t.Errorf("signed by another root under this one's name: %v", err)
	}
}

func TestKeysSurviveTheirFiles(t *testing.T) {
	w := newWorld(t)
	root := ok[*RootKey](t)(ParseRootKey(w.root.Encode()))
	if !root.Public().Equal(w.root.Public()) {
		t.Error("root key changed")
	}
	gate := ok[*GateKey](t)(ParseGateKey(w.gate.Encode()))
	again := *w
	again.gate = gate
	if err := again.replyTo(ClientConfig{}); err != nil {
		t.Errorf("gate key changed: %v", err)
	}
}

func TestWrongKeyFiles(t *testing.T) {
	w := newWorld(t)
	other := ok[*GateKey](t)(NewGateKey(seeded(7), w.root, "gate-2", now, now))
	file := func(key, tlsKey *GateKey, certificate []byte) []byte {
		return ok[[]byte](t)(json.Marshal(gateKeyFile{key.pair.private[:], tlsKey.tls.Seed(), certificate}))
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "no JSON": []byte("x"), "no key": []byte(`{}`), "of two keys": file(other, w.gate, w.gate.certificate),
		"of two TLS keys": file(w.gate, other, w.gate.certificate), "no certificate": file(w.gate, w.gate, nil),
		"short TLS key": ok[[]byte](t)(json.Marshal(gateKeyFile{w.gate.pair.private[:], []byte{1}, w.gate.certificate})),
		"root key":      w.root.Encode(),
	} {
		if _, err := ParseGateKey(text); err == nil {
			t.Errorf("gate key, %s: accepted", name)
		}
	}
	old := ok[[]byte](t)(json.Marshal(gateKeyFile{Key: w.gate.pair.private[:], Certificate: w.gate.certificate}))
	if _, err := ParseGateKey(old); !errors.Is(err, ErrOldGateKey) {
		t.Errorf("gate key from before TLS: %v", err)
	}
	for name, text := range map[string]string{
		"nothing": "", "gate key": string(w.gate.Encode()), "no base64": rootKeyPrefix + "!", "short": rootKeyPrefix + "AAAA",
	} {
		if _, err := ParseRootKey([]byte(text)); err == nil {
			t.Errorf("root key, %s: accepted", name)
		}
	}
}

func TestKeysDoNotPrintThemselves(t *testing.T) {
	w := newWorld(t)
	if s := w.root.String(); strings.Contains(string(w.root.Encode()), s) || len(s) > 40 {
		t.Errorf("root key prints as %q", s)
	}
	if s := w.gate.String(); !strings.Contains(s, "gate-1") || len(s) > 60 {
		t.Errorf("gate key prints as %q", s)
	}
}

func TestGateKeysNeedAName(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name  string
		until time.Time
	}{{"", now}, {strings.Repeat("x", 65), now}, {"\xff", now}, {"x", now.Add(-time.Hour)}} {
		if _, err := NewGateKey(seeded(1), w.root, c.name, now, c.until); err == nil {
			t.Errorf("%q until %v: accepted", c.name, c.until)
		}
	}
}
