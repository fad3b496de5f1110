package wiretest

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/sim-im/sim/msgdef/wire"
	"github.com/sim-im/sim/msgdef/wire/wirejson"
)

// JSONMessage is what codegen emits for a struct of a package with
// "//msgdef:emit json".
type JSONMessage interface {
	Message
	AppendJSON(dst []byte) []byte
	DecodeJSON(text []byte) error
}

// JSONPointer is the pointer to T that has the methods.
type JSONPointer[T any] interface {
	*T
	JSONMessage
}

// JSON fills a message of T and checks that it survives JSON, that every cut of
// the text is refused, and that nothing else shows through.
func JSON[T any, P JSONPointer[T]](t *testing.T) {
	t.Helper()
	for _, src := range []Source{nil, &Steady{}, &Crowd{Depth: 0}, &Crowd{Depth: 1}} {
		sent := P(new(T))
		if src != nil {
			Fill(sent, src)
		}
		text := sent.AppendJSON(nil)
		checkText(t, text)
		received := P(new(T))
		Fill(received, &Steady{}) // what was there before must not show
		if err := received.DecodeJSON(text); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if !bytes.Equal(sent.Append(nil), received.Append(nil)) && !holdsStruct(reflect.TypeFor[T]()) || !bytes.Equal(text, received.AppendJSON(nil)) {
			t.Fatalf("sent\n%+v\nDecodeJSON gave\n%+v of %s", sent, received, text)
		}
		for cut := range min(len(text), 4096) {
			err := P(new(T)).DecodeJSON(text[:cut]) // what is left may be too short for the memory of what it begins
			if !errors.Is(err, wire.ErrShort) && !errors.Is(err, wire.ErrLimit) {
				t.Fatalf("cut at %d of %d: got %v, want a short text", cut, len(text), err)
			}
		}
	}
	boundedJSON[T, P](t)
}

// holdsStruct tells whether a struct has bytes that hold another one. Those that only
// happen to decode as it lose in JSON what is behind its last generation.
func holdsStruct(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return holdsStruct(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("holds") != "" || holdsStruct(f.Type) {
				return true
			}
		}
	}
	return false
}

// boundedJSON checks that no text costs more memory than promised.
func boundedJSON[T any, P JSONPointer[T]](t *testing.T) {
	t.Helper()
	for depth := range 3 {
		crowd := P(new(T))
		Fill(crowd, &Crowd{Depth: depth})
		text := crowd.AppendJSON(nil)
		for _, input := range [][]byte{text, bytes.ReplaceAll(text, []byte(`"0"`), []byte(`"1\u0030"`)), emptied(text)} {
			most := uint64(len(input)*wirejson.MaxExpansion + slack)
			decode := func(fresh Message) { _ = any(fresh).(P).DecodeJSON(input) }
			if got := allocatedBy(crowd, decode, most); got > most {
				t.Errorf("crowd at depth %d: %d bytes of text allocated %d, more than %d", depth, len(input), got, most)
			}
		}
	}
}

// emptied returns text with the objects in its arrays replaced by {}, which is
// the shortest that can be said of them.
func emptied(text []byte) []byte {
	var out []byte
	inside := 0 // objects in an array around
	var arrays []int
	for _, c := range text {
		switch {
		case c == '[' && inside == 0:
			arrays = append(arrays, 0)
		case c == ']' && inside == 0 && len(arrays) > 0:
			arrays = arrays[:len(arrays)-1]
		case c == '{' && len(arrays) > 0:
			inside++
			if inside == 1 {
				out = append(out, c)
			}
		case c == '}' && inside > 0:
			inside--
		}
		if inside == 0 {
			out = append(out, c)
		}
	}
	return out
}

// FuzzJSON feeds arbitrary text to the decoder of T. What it accepts is JSON for
// encoding/json too, and encodes to a form that is stable in both encodings.
func FuzzJSON[T any, P JSONPointer[T]](f *testing.F) {
	filled := P(new(T))
	Fill(filled, &Steady{})
	f.Add(filled.AppendJSON(nil))
	f.Add(P(new(T)).AppendJSON(nil))
	f.Add([]byte(`{}`))
	f.Add([]byte(` { "unknown" : [ null , { "a\u0062" : -1.5e3 } ] } `))
	f.Add([]byte(`{"x":"\ud83d\ude00"}x`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m := P(new(T))
		if m.DecodeJSON(text) != nil {
			return
		}
		checkText(t, text)
		if err := m.Validate(); err != nil {
			t.Fatalf("decoded and invalid: %v", err)
		}
		again, encoded := P(new(T)), m.AppendJSON(nil)
		if err := again.DecodeJSON(encoded); err != nil {
			t.Fatalf("encoded and not decodable: %v", err)
		}
		if !bytes.Equal(encoded, again.AppendJSON(nil)) {
			t.Fatalf("the encoding is not stable: %s", encoded)
		}
	})
}

// checkText fails for what is no JSON.
func checkText(t *testing.T, text []byte) {
	t.Helper()
	if !json.Valid(text) {
		t.Fatalf("encoding/json refuses %q", text)
	}
}
