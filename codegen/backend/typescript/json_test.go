package typescript

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef/vectors/difftest"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// testJSON compares the JSON of filled messages with that of the Go codecs, in
// both directions.
func testJSON(t *testing.T, w workspace, pkg string, samples []wiretest.Message) {
	t.Helper()
	var encoded, shown strings.Builder
	var list []wiretest.JSONMessage
	source := new(wiretest.Steady)
	for _, m := range samples {
		full := wiretest.New(m).(wiretest.JSONMessage)
		wiretest.Fill(full, source)
		list = append(list, full, wiretest.New(m).(wiretest.JSONMessage))
	}
	now := (&kinds.Person{Name: "Ann"}).Append(nil)
	for _, m := range list {
		if e, ok := m.(*kinds.Envelope); ok { // of an older, a newer and this version
			e.Person, e.Persons = now[:len(now)-1], [][]byte{append(now[:len(now):len(now)], 7), now}
		}
		fmt.Fprintf(&encoded, "%s %x\n", difftest.Name(m), m.Append(nil))
		fmt.Fprintf(&shown, "%s %s\n", difftest.Name(m), m.AppendJSON(nil))
	}
	driver := []string{"driver.js", "--to-json", pkg + "/dist/index.js"}
	for i, answer := range ask(t, w.command(".", "node", driver...), encoded.String(), len(list)) {
		if got, want := value(t, []byte(answer)), value(t, list[i].AppendJSON(nil)); !alike(got, want) {
			t.Errorf("%s: TypeScript writes %v, want %v", difftest.Name(list[i]), got, want)
		}
	}
	driver[1] = "--from-json"
	for i, answer := range ask(t, w.command(".", "node", driver...), shown.String(), len(list)) {
		back := wiretest.New(list[i]).(wiretest.JSONMessage) // other versions of a held struct come back as this one
		if err := back.DecodeJSON(list[i].AppendJSON(nil)); err != nil {
			t.Fatal(err)
		}
		if want := hex.EncodeToString(back.Append(nil)); answer != want {
			t.Errorf("%s: TypeScript reads %s, want %s", difftest.Name(list[i]), answer, want)
		}
	}
}

// alike compares JSON. Of a number of 32 bits Go writes the shortest form, and TypeScript
// that of the same number of 64 bits; both are read as the same.
func alike(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, alike)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, alike)
	case float64:
		b, ok := b.(float64)
		return ok && (a == b || float32(a) == float32(b))
	}
	return a == b
}

// ask returns the answers of a program to lines, without their ok.
func ask(t *testing.T, cmd *exec.Cmd, lines string, count int) []string {
	t.Helper()
	cmd.Stdin = strings.NewReader(lines)
	out, err := cmd.Output()
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if err != nil || len(answers) != count {
		t.Fatalf("%d answers to %d lines: %v", len(answers), count, err)
	}
	for i, a := range answers {
		text, ok := strings.CutPrefix(a, "ok ")
		if !ok {
			t.Errorf("line %d: %s", i, a)
		}
		answers[i] = text
	}
	return answers
}

// value parses JSON.
func value(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return v
}
