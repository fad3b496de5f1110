package catalogue

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/msgdef"
)

var update = flag.Bool("update", false, "write the catalogue of PROTOCOL.md anew")

const (
	page  = "../../../msgdef/PROTOCOL.md"
	begin = "<!-- catalogue: begin -->\n"
	end   = "<!-- catalogue: end -->\n"
)

func read(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPage proves that the page's catalogue is what the definitions say.
func TestPage(t *testing.T) {
	c, err := Read(os.DirFS("../../../msgdef"))
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(read(t), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("the page has lost its marks")
	}
	want := "\n" + c.Markdown() + "\n"
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("PROTOCOL.md is stale, run go test ./tools/pyclient/catalogue -update:\n%s", diff)
	}
}

// TestErrorCodes proves that section 16 tells of every code by its name.
func TestErrorCodes(t *testing.T) {
	text := read(t)
	known := 0
	for code := range msgdef.ErrorCode(500) {
		row := fmt.Sprintf("\n| %d | %v | ", uint16(code), code)
		if strings.HasPrefix(code.String(), "ErrorCode(") {
			continue
		}
		known++
		if strings.Count(text, row) != 1 {
			t.Errorf("the page lacks the row %q", row[1:])
		}
	}
	if known < 20 {
		t.Errorf("only %d codes: the names of unknown ones have changed", known)
	}
}

// TestMarkdown shows everything that a definition may have.
func TestMarkdown(t *testing.T) {
	c, err := Read(fstest.MapFS{
		"skip_gen.go": {Data: []byte("not Go")},
		"b.go": {Data: []byte(`package x
// Ask asks.
//
//msgdef:type 0x0002 up reply=Answer
type Ask struct {
	Colour Colour // a|b
	Names []string ` + "`max:\"3\" elem:\"9\"`" + `
	Parts []Part ` + "`max:\"2\" gen:\"2\"`" + ` // new
	ID [16]byte
}
// Part is small.
//
//msgdef:struct
//msgdef:frozen
type Part struct { At int64 }
// Colour is open.
type Colour uint8
const (
	Red Colour = 1 // warm
)
type unrelated struct{ X int }
`)},
		"a.go": {Data: []byte("package x\n// End ends.\n//\n//msgdef:type 0x0003 both\ntype End struct{}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `| 0x0002 | Ask | up | Answer |
| 0x0003 | End | both |  |

### b.go

**Ask** (0x0002, up). Ask asks.

| Field | Kind | At most | |
| --- | --- | --- | --- |
| Colour | u8 Colour |  | a\|b |
| Names | list of string | 3, each 9 |  |
| Parts | list of Part | 2 | generation 2; new |
| ID | [16]byte |  |  |

**Part** (part of others, frozen). Part is small.

| Field | Kind | At most | |
| --- | --- | --- | --- |
| At | i64 |  |  |

### a.go

**End** (0x0003, both). End ends.

No fields.

### Enums

**Colour**. Colour is open.

| Value | Name | |
| --- | --- | --- |
| 1 | Red | warm |
`
	if _, got, _ := strings.Cut(c.Markdown(), "| --- | --- | --- | --- |\n"); got != want {
		t.Error(cmp.Diff(want, got))
	}
}
