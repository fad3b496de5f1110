package schematest

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/codegen/explain"
	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/codegen/lock"
	"github.com/sim-im/sim/codegen/parse"
	"github.com/sim-im/sim/msgdef/vectors/layout"
)

var (
	seed = flag.Uint64("schema.seed", 1, "seed of the random schemas")
	more = flag.Int("schema.more", 1, "times as many random schemas")
	long = flag.Bool("schema.long", false, "ask every program more")
	keep = flag.String("schema.keep", "", "an empty folder to generate into, to look at it afterwards")
)

// version is a schema that lock let pass.
type version struct {
	source []byte
	pkg    *ir.Package
	lock   []byte
}

// history is what a package went through.
type history struct {
	t        *testing.T
	dir      string
	named    bool // JSON has the names of fields
	versions []*version
}

// load parses and checks source.
func (h *history) load(source []byte, problems *ir.Problems) *ir.Package {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, "m.go"), source, 0o644); err != nil {
		h.t.Fatal(err)
	}
	pkg, err := parse.Package(h.dir, problems)
	if err != nil {
		problems.Add(ir.Pos{File: "m.go", Line: 1, Col: 1}, "", "%v", err)
		return nil
	}
	ir.Check(pkg, problems)
	return pkg
}

// valid tells whether s is right by itself.
func (h *history) valid(s *schema) bool {
	var problems ir.Problems
	h.load(s.source("sample"), &problems)
	return !problems.Failed()
}

// offer releases s if lock lets it pass, and returns what it says.
func (h *history) offer(s *schema) (*version, *ir.Problems) {
	h.t.Helper()
	var problems ir.Problems
	v := &version{source: s.source("sample")}
	if v.pkg = h.load(v.source, &problems); v.pkg == nil || problems.Failed() {
		return nil, nil
	}
	old := &lock.Lock{}
	if n := len(h.versions); n > 0 {
		parsed, err := lock.Parse(h.versions[n-1].lock)
		if err != nil {
			h.t.Fatalf("the lock that was written is not understood: %v\n%s", err, h.versions[n-1].lock)
		}
		old = parsed
		lock.Compare("msgdef.lock", old, v.pkg, lock.Rules{Named: h.named}, &problems)
	}
	for _, p := range problems.Sorted() {
		if p.Pos.File == "" || p.Pos.Line < 1 || p.Pos.Col < 1 || p.Text == "" || p.Fix == "" {
			h.t.Errorf("no place or no advice: %v", p)
		}
	}
	if problems.Failed() {
		return nil, &problems
	}
	v.lock = lock.Of(v.pkg, old).Format()
	return v, &problems
}

// TestChanges makes random changes of random schemas. Whatever lock lets pass
// must leave older and newer peers able to read each other.
func TestChanges(t *testing.T) {
	chains := 12 * *more
	if testing.Short() {
		chains = 4
	}
	accepted, refused := 0, 0
	for i := range chains {
		c := &chance{Rand: rand.New(rand.NewPCG(*seed, uint64(i)))}
		h := &history{t: t, dir: filepath.Join(t.TempDir(), "sample"), named: i%2 == 1}
		if err := os.Mkdir(h.dir, 0o755); err != nil {
			t.Fatal(err)
		}
		now := c.schema(3+c.IntN(8), h.valid)
		first, _ := h.offer(now)
		h.versions = append(h.versions, first)
		for range 40 {
			next := now.clone()
			var edits []string
			for range 1 + c.IntN(2) {
				edits = append(edits, c.edit(next))
			}
			v, problems := h.offer(next)
			if v == nil {
				if problems != nil {
					refused++
				}
				continue
			}
			accepted++
			for _, old := range h.versions {
				h.compatible(c, old, v, edits)
			}
			if t.Failed() {
				t.Fatalf("seed %d, chain %d", *seed, i)
			}
			h.versions = append(h.versions, v)
			now = next
		}
	}
	if accepted < 5*chains || refused < 5*chains {
		t.Errorf("%d changes passed and %d were refused: too few of one to tell anything", accepted, refused)
	}
	t.Logf("%d changes passed, %d were refused", accepted, refused)
}

// TestGrowth makes changes that lock must let pass.
func TestGrowth(t *testing.T) {
	for i := range 12 * *more {
		c := &chance{Rand: rand.New(rand.NewPCG(*seed, uint64(i)))}
		h := &history{t: t, dir: filepath.Join(t.TempDir(), "sample"), named: i%2 == 1}
		if err := os.Mkdir(h.dir, 0o755); err != nil {
			t.Fatal(err)
		}
		now := c.schema(3+c.IntN(8), h.valid)
		first, _ := h.offer(now)
		h.versions = []*version{first}
		for range 10 {
			next := now.clone()
			edit := c.grow(next)
			v, problems := h.offer(next)
			switch {
			case v != nil:
				h.versions, now = append(h.versions, v), next
			case problems != nil:
				t.Fatalf("%s: %v\n%s", edit, problems.Sorted(), next.source("sample"))
			}
		}
	}
}

// compatible checks every message that two versions have in common.
func (h *history) compatible(c *chance, older, newer *version, edits []string) {
	h.t.Helper()
	was, is := layoutOf(h.t, older.lock), layoutOf(h.t, newer.lock)
	for _, s := range ir.Messages(older.pkg.Structs()) {
		i := slices.IndexFunc(newer.pkg.Structs(), func(n *ir.Struct) bool { return n.Message && n.ID == s.ID })
		if i < 0 {
			continue
		}
		now := newer.pkg.Structs()[i]
		for range 3 {
			b := was.Structs[s.Name].Random(c.Rand)
			why := h.both(s, now, b, s)
			if why == "" {
				lower(s, now, is.Structs[now.Name])
				why = h.both(s, now, is.Structs[now.Name].Random(c.Rand), now)
			}
			if why != "" {
				h.t.Errorf("%s: %s\nafter %s\n%s\nbecame\n%s", s.Name, why, strings.Join(edits, ", "), older.source, newer.source)
				return
			}
		}
		if h.named {
			if why := names(s, now); why != "" {
				h.t.Errorf("%s: %s\nafter %s\n%s\nbecame\n%s", s.Name, why, strings.Join(edits, ", "), older.source, newer.source)
			}
		}
	}
}

// both reads bytes with two versions. sender is the one that wrote them: what is
// behind its generations is of nobody, and left out.
func (h *history) both(older, newer *ir.Struct, b []byte, sender *ir.Struct) string {
	sent, failure := explain.Decode(sender, b, 0)
	if failure != nil {
		return "its own bytes: " + failure.Error()
	}
	b = explain.Encode(sent)
	one, failure := explain.Decode(older, b, 0)
	if failure != nil {
		return "the older one refuses: " + failure.Error()
	}
	two, failure := explain.Decode(newer, b, 0)
	if failure != nil {
		return "the newer one refuses: " + failure.Error()
	}
	return understood(one, two)
}

// lower gives the fields of a newer layout the limits of the older one, which a
// sender keeps for the sake of older readers.
func lower(older, newer *ir.Struct, to *layout.Struct) {
	for i, f := range older.Fields {
		if i >= len(newer.Fields) {
			return
		}
		to.Fields[i].Max, to.Fields[i].Elem = f.Max, f.Elem
		t, now, of := f.Type, newer.Fields[i].Type, &to.Fields[i].Type
		if t.Kind == ir.List && now.Kind == ir.List {
			t, now, of = t.Elem, now.Elem, of.Of
		}
		if t.Kind == ir.Nested && now.Kind == ir.Nested {
			lower(t.Struct, now.Struct, of.Struct)
		}
	}
}

// names returns a field that has two names, or a name of two fields, where names
// are on the wire.
func names(older, newer *ir.Struct) string {
	for i, f := range older.Fields {
		for j, g := range newer.Fields {
			switch {
			case f.Reserved || g.Reserved:
			case i == j && f.Name != g.Name:
				return f.Name + " is called " + g.Name + " in JSON"
			case i != j && ir.CamelCase(f.Name) == ir.CamelCase(g.Name):
				return f.Name + " is another field in JSON"
			}
		}
	}
	return ""
}

func layoutOf(t *testing.T, text []byte) *layout.Set {
	t.Helper()
	set, err := layout.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return set
}
