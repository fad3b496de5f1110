package vectors_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/vectors"
	"github.com/sim-im/sim/msgdef/wire"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

var update = flag.Bool("update", false, "write messages.json anew")

// file is messages.json.
type file struct {
	Messages     []encoding     `json:"messages"`
	Refused      []encoding     `json:"refused"`
	Pairs        []pair         `json:"pairs"`
	Fingerprints []fingerprints `json:"fingerprints"`
}

// encoding is a message and its bytes. One of Fields, Decodes and Error is set.
type encoding struct {
	Type    string         `json:"type"`
	ID      uint16         `json:"id,omitempty"` // of a frame
	Why     string         `json:"why,omitempty"`
	Fields  map[string]any `json:"fields,omitzero"`
	Decodes map[string]any `json:"decodes,omitzero"`
	Hex     hexBytes       `json:"hex"`
	Error   string         `json:"error,omitempty"`
}

type pair struct {
	A    uint64   `json:"a,string"`
	B    uint64   `json:"b,string"`
	Conv hexBytes `json:"conv"`
}

type fingerprints struct {
	Conv        hexBytes `json:"conv"`
	CSeq        uint64   `json:"cseq,string"`
	At          int64    `json:"at,string"`
	Fingerprint uint64   `json:"fingerprint,string"`
}

// TestMessages compares messages.json with what the codecs do.
func TestMessages(t *testing.T) {
	want := file{Messages: encodings(), Refused: refusals(), Pairs: pairs(), Fingerprints: rows()}
	text, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("messages.json", append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := vectors.Read("messages.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text)+"\n", string(kept)); diff != "" {
		t.Errorf("the encoding changed, or run go test ./msgdef/vectors -update:\n%s", diff)
	}
}

// TestEncodings proves that what messages.json claims of decoding is so.
func TestEncodings(t *testing.T) {
	byName := make(map[string]wiretest.Message)
	for _, m := range samples() {
		byName[nameOf(m)] = m
	}
	for _, e := range append(encodings(), refusals()...) {
		m := wiretest.New(byName[e.Type])
		err := m.Decode(e.Hex)
		switch {
		case e.Error != "":
			if !errors.Is(err, errorNamed(e.Error)) {
				t.Errorf("%s, %s: %v, want %s", e.Type, e.Why, err, e.Error)
			}
		case err != nil:
			t.Errorf("%s, %s: %v", e.Type, e.Why, err)
		case !cmp.Equal(fieldsOf(m), either(e.Fields, e.Decodes)):
			t.Errorf("%s, %s: decodes to %v", e.Type, e.Why, fieldsOf(m))
		case cmp.Equal(m.Append(nil), []byte(e.Hex)) != (e.Decodes == nil):
			t.Errorf("%s, %s: encodes to %x", e.Type, e.Why, m.Append(nil))
		}
	}
}

// TestEveryDefinition proves that no struct of msgdef is missing.
func TestEveryDefinition(t *testing.T) {
	lock, err := os.ReadFile("../msgdef.lock")
	if err != nil {
		t.Fatal(err)
	}
	missing := make(map[string]bool)
	for line := range strings.Lines(string(lock)) {
		switch words := strings.Fields(line); words[0] {
		case "type":
			missing[words[2]] = true
		case "struct":
			missing[words[1]] = true
		}
	}
	if len(missing) < 20 {
		t.Fatalf("only %d definitions read", len(missing))
	}
	for _, m := range samples() {
		delete(missing, nameOf(m))
	}
	for name := range missing {
		t.Errorf("no vector of %s: add it to samples", name)
	}
}

func either(a, b map[string]any) map[string]any {
	if a != nil {
		return a
	}
	return b
}

func nameOf(m wiretest.Message) string { return reflect.TypeOf(m).Elem().Name() }

func errorNamed(name string) error {
	return map[string]error{"short": wire.ErrShort, "limit": wire.ErrLimit, "malformed": wire.ErrMalformed}[name]
}

func pairs() (list []pair) {
	for _, p := range [][2]uint64{{1, 2}, {2, 1}, {7, 7}, {0x0102030405060708, 0xf1f2f3f4f5f6f7f8}} {
		conv := msgdef.Pair(p[0], p[1])
		list = append(list, pair{p[0], p[1], conv[:]})
	}
	return list
}

func rows() (list []fingerprints) {
	for _, r := range []fingerprints{
		{CSeq: 0, At: 0}, {CSeq: 1, At: 1748779200000}, {CSeq: 0xf1f2f3f4f5f6f7f8, At: -1},
	} {
		conv := msgdef.Pair(1, r.CSeq+1)
		r.Conv, r.Fingerprint = conv[:], msgdef.Fingerprint(conv, r.CSeq, r.At)
		list = append(list, r)
	}
	return list
}
