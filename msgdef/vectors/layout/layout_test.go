package layout

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const lock = `# a comment
type 0x8001 Grown up
	1 ID uint64
	1 Name string 16
	2 _ []Point 4
	2 Texts []string 4 9
	2 Data bytes(Point) 100
	3 Level uint8(Level)
	3 Inner Inner
struct Inner
	1 Hash [5]byte
	2 Real float32
struct Point frozen
	1 X int32
	1 Known bool
enum Level uint8
	0 LevelNone
`

func parsed(t *testing.T) *Set {
	t.Helper()
	s, err := Parse(lock)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParse(t *testing.T) {
	s := parsed(t)
	if !slices.Equal(s.Names, []string{"Grown", "Inner", "Point"}) {
		t.Fatal(s.Names)
	}
	grown, point := s.Structs["Grown"], s.Structs["Point"]
	if grown.ID != 0x8001 || grown.Frozen || grown.Generations() != 3 || !point.Frozen {
		t.Errorf("%+v %+v", grown, point)
	}
	if f := grown.Fields[3]; f.Name != "Texts" || f.Gen != 2 || f.Max != 4 || f.Elem != 9 || f.Type.Kind != List || f.Type.Of.Kind != String {
		t.Errorf("%+v", f)
	}
	for i, want := range []int{8, 1, 1, 1, 1, 1, 6} { // the smallest sizes
		if got := grown.Fields[i].Type.Min(); got != want {
			t.Errorf("%s: at least %d, want %d", grown.Fields[i].Name, got, want)
		}
	}
	if grown.Min() != 9 || point.Min() != 5 {
		t.Errorf("at least %d and %d", grown.Min(), point.Min())
	}
}

func TestParseNamesTheLine(t *testing.T) {
	for _, bad := range []string{
		"\t1 X int7", "\t1 X", "\tx X bool", "\t1 X bytes many", "\t1 X bytes 1 2 3", "\t1 X []Stranger 3", "\t1 X [x]byte", "type abc X up",
	} {
		_, err := Parse("struct A\n" + bad + "\n")
		if err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestFaultsOfGenerations proves that what an older sender may do is no fault.
func TestFaultsOfGenerations(t *testing.T) {
	grown := parsed(t).Structs["Grown"]
	classes := make(map[Class]int)
	for _, f := range grown.Faults() {
		classes[f.Class]++
		if n := len(f.Bytes); (n == 9 || n == 12) && bytes.Equal(f.Bytes, make([]byte, n)) { // generations 1 and 2
			t.Errorf("%s: %x", f.Why, f.Bytes)
		}
	}
	for _, c := range []Class{Short, Limit, Malformed} {
		if classes[c] < 10 {
			t.Errorf("%d faults are %s", classes[c], c)
		}
	}
}

// TestRandom proves that chance reaches what it should: older senders, newer
// ones, and strings at their limit.
func TestRandom(t *testing.T) {
	grown, rng := parsed(t).Structs["Grown"], rand.New(rand.NewPCG(1, 1))
	var older, full int
	for range 2000 {
		b := grown.Random(rng)
		if len(b) == 9+int(b[8]) {
			older++
		}
		if b[8] == 16 {
			full++
		}
	}
	if older < 100 || full < 20 {
		t.Errorf("%d of an older sender, %d at the limit", older, full)
	}
}
