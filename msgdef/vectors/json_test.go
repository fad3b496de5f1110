package vectors_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/vectors"
	"github.com/sim-im/sim/msgdef/vectors/difftest"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/msgdef/vectors/layout"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// longestText bounds the messages of json.json in bytes: what is longer tells
// nothing more.
const longestText = 1024

// texts are the claims of json.json about a package of definitions.
type texts struct {
	Written []textClaim `json:"written"`
	Read    []textClaim `json:"read"`
	Refused []textClaim `json:"refused"`
}

// textClaim is a message in JSON and in binary. One of Hex and Error counts.
type textClaim struct {
	Type  string       `json:"type"`
	Why   string       `json:"why"`
	JSON  string       `json:"json"`
	Hex   hexBytes     `json:"hex"`
	Error layout.Class `json:"error,omitempty"`
}

// TestJSON compares json.json with what the codecs do, and proves it.
func TestJSON(t *testing.T) {
	want := map[string]texts{
		"msgdef": {written(difftest.Messages(), encodings()), readMessages(), nil},
		"kinds":  {written(difftest.Kinds(), kindEncodings(definitions(t, "kinds/msgdef.lock", difftest.Kinds()))), readKinds(), refusedTexts()},
	}
	proveTexts(t, difftest.Messages(), want["msgdef"])
	proveTexts(t, difftest.Kinds(), want["kinds"])
	var text bytes.Buffer
	to := json.NewEncoder(&text)
	to.SetEscapeHTML(false)
	to.SetIndent("", " ")
	if err := to.Encode(want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("json.json", text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := vectors.Read("json.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text.String(), string(kept)); diff != "" {
		t.Errorf("the encoding changed, or run go test ./msgdef/vectors -update:\n%s", diff)
	}
}

// written returns the messages of the other files that JSON keeps bit by bit:
// all but what a newer sender wrote, and numbers that are none with bits of
// their own.
func written(samples []wiretest.Message, all []encoding) (list []textClaim) {
	for _, e := range all {
		m, again := freshJSON(samples, e.Type), freshJSON(samples, e.Type)
		if len(e.Hex) > longestText || e.Fields == nil || m.Decode(e.Hex) != nil {
			continue
		}
		text := m.AppendJSON(nil)
		if again.DecodeJSON(text) == nil && bytes.Equal(again.Append(nil), e.Hex) {
			list = append(list, textClaim{Type: e.Type, Why: e.Why, JSON: string(text), Hex: e.Hex})
		}
	}
	return append(list, holders(samples)...)
}

// holders returns bytes that hold a struct, and such that do not.
func holders(samples []wiretest.Message) (list []textClaim) {
	for _, c := range []struct {
		m   wiretest.Message
		why string
	}{
		{&msgdef.Notify{USeq: 7, Message: (&msgdef.Message{CSeq: 9, From: 1, Kind: 1, Body: []byte("hi")}).Append(nil)}, "an encoded Message is an object"},
		{&msgdef.Notify{USeq: 7, Message: []byte{1, 2, 3}}, "what is no Message is base64"},
		{&msgdef.ConvPage{Messages: [][]byte{(&msgdef.Message{}).Append(nil), nil}}, "both in a list"},
		{&kinds.Envelope{Person: (&kinds.Person{Name: "n"}).Append(nil)}, "an encoded Person is an object"},
	} {
		if freshJSON(samples, difftest.Name(c.m)) != nil {
			text := c.m.(wiretest.JSONMessage).AppendJSON(nil)
			list = append(list, textClaim{Type: difftest.Name(c.m), Why: c.why, JSON: string(text), Hex: c.m.Append(nil)})
		}
	}
	return list
}

// readMessages are texts that our encoder does not write.
func readMessages() []textClaim {
	send := &msgdef.Send{Counter: 5, Body: []byte("hi")}
	return []textClaim{
		{Type: "Send", Why: "missing fields are zero", JSON: `{"counter":"5","body":"aGk="}`, Hex: send.Append(nil)},
		{Type: "Send", Why: "any order, and space", JSON: " {\n\t\"body\" : \"aGk=\" ,\r\n \"counter\" : \"5\" } ", Hex: send.Append(nil)},
		{Type: "Send", Why: "unknown fields of any kind", JSON: `{"x":null,"counter":"5","y":[{"counter":"6"},[],-1.5e+3,true],"body":"aGk=","Counter":1}`, Hex: send.Append(nil)},
		{Type: "Send", Why: "escapes, also in names", JSON: `{"\u0063ounter":"\u0035","body":"aGk\u003D"}`, Hex: send.Append(nil)},
		{Type: "Notify", Why: "the object of what is held may lack fields", JSON: `{"message":{}}`, Hex: (&msgdef.Notify{Message: (&msgdef.Message{}).Append(nil)}).Append(nil)},
		{Type: "KeyUpdate", Why: "nothing is known", JSON: `{"x":{}}`, Hex: []byte{}},
	}
}

func readKinds() []textClaim {
	return []textClaim{
		{Type: "Scalars", Why: "numbers of floats have exponents", JSON: `{"float32":-1E2,"float64":5e-1}`, Hex: (&kinds.Scalars{Float32: -100, Float64: 0.5}).Append(nil)},
		{Type: "Texts", Why: "every escape", JSON: `{"text":"\"\\\/\b\f\n\r\t\u00e9\uD834\udd1e"}`, Hex: (&kinds.Texts{Text: "\"\\/\b\f\n\r\té𝄞"}).Append(nil)},
		{Type: "Grown", Why: "reserved fields are unknown", JSON: `{"id":"1","_":7}`, Hex: (&kinds.Grown{ID: 1}).Append(nil)},
	}
}

// refusedTexts has a text for each rule.
func refusedTexts() (list []textClaim) {
	for _, c := range []struct {
		of, why, text string
		class         layout.Class
	}{
		{"Empty", "no text", ``, layout.Short},
		{"Empty", "the end is missing", `{`, layout.Short},
		{"Scalars", "the end is missing behind a name", `{"bool"`, layout.Short},
		{"Texts", "the end is missing in a string", `{"text":"a\`, layout.Short},
		{"Empty", "no object", `[]`, layout.Malformed},
		{"Empty", "null", `null`, layout.Malformed},
		{"Empty", "something behind it", `{} {}`, layout.Malformed},
		{"Empty", "a mark of byte order", "\ufeff{}", layout.Malformed},
		{"Empty", "a comma too many", `{"x":1,}`, layout.Malformed},
		{"Empty", "33 levels", `{"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, layout.Limit},
		{"Scalars", "a field that is null", `{"bool":null}`, layout.Malformed},
		{"Scalars", "a field twice", `{"bool":true,"bool":true}`, layout.Malformed},
		{"Scalars", "a bool that is a number", `{"bool":1}`, layout.Malformed},
		{"Scalars", "an integer out of range", `{"int8":128}`, layout.Malformed},
		{"Scalars", "an integer with a fraction", `{"uint32":1.0}`, layout.Malformed},
		{"Scalars", "an integer with an exponent", `{"uint32":1e1}`, layout.Malformed},
		{"Scalars", "minus zero", `{"int32":-0}`, layout.Malformed},
		{"Scalars", "a small integer as a string", `{"uint16":"1"}`, layout.Malformed},
		{"Scalars", "a number of 64 bits that is no string", `{"uint64":1}`, layout.Malformed},
		{"Scalars", "a number of 64 bits with a zero before it", `{"uint64":"01"}`, layout.Malformed},
		{"Scalars", "a number of more than 64 bits", `{"uint64":"18446744073709551616"}`, layout.Malformed},
		{"Scalars", "an enum by its name", `{"level":"low"}`, layout.Malformed},
		{"Scalars", "a float out of range", `{"float32":1e39}`, layout.Malformed},
		{"Scalars", "a float as a string", `{"float64":"1"}`, layout.Malformed},
		{"Texts", "half a surrogate pair", `{"text":"\ud834"}`, layout.Malformed},
		{"Texts", "an unknown escape", `{"text":"\x41"}`, layout.Malformed},
		{"Texts", "a control character", "{\"text\":\"\n\"}", layout.Malformed},
		{"Texts", "text above its limit", `{"short":"123456"}`, layout.Limit},
		{"Texts", "base64 without padding", `{"blob":"AQI"}`, layout.Malformed},
		{"Texts", "base64 of URLs", `{"blob":"-_8="}`, layout.Malformed},
		{"Texts", "bits behind the last byte", `{"blob":"AQJ="}`, layout.Malformed},
		{"Texts", "an array of another length", `{"fixed":"AQI="}`, layout.Malformed},
		{"Deep", "a list above its limit", `{"two":{"three":[{},{},{}]}}`, layout.Limit},
	} {
		list = append(list, textClaim{Type: c.of, Why: c.why, JSON: c.text, Hex: []byte{}, Error: c.class})
	}
	return list
}

// proveTexts proves that what is claimed is so.
func proveTexts(t *testing.T, samples []wiretest.Message, claims texts) {
	t.Helper()
	for _, c := range append(append(claims.Written, claims.Read...), claims.Refused...) {
		m := freshJSON(samples, c.Type)
		err := m.DecodeJSON([]byte(c.JSON))
		switch {
		case c.Error != "":
			if !errors.Is(err, errorOf(c.Error)) {
				t.Errorf("%s, %s: %v, want %s", c.Type, c.Why, err, c.Error)
			}
		case err != nil:
			t.Errorf("%s, %s: %v", c.Type, c.Why, err)
		case !bytes.Equal(m.Append(nil), c.Hex):
			t.Errorf("%s, %s: is %x, want %x", c.Type, c.Why, m.Append(nil), c.Hex)
		}
	}
}

// freshJSON is fresh for a struct that has JSON, as all of them do.
func freshJSON(samples []wiretest.Message, name string) wiretest.JSONMessage {
	m, _ := fresh(samples, name).(wiretest.JSONMessage)
	return m
}
