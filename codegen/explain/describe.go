package explain

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sim-im/sim/codegen/ir"
)

// Describe draws the bytes of a struct, then of every struct inside of it, then
// the values of their enums. Offsets are in bytes; +n counts from the end of the
// last field whose size varies.
//
//	 0  8  Counter  uint64
//	 8  v  Body     length ‖ bytes, at most 8192
//	+0  1  Kind     uint8 ContentKind
func Describe(w io.Writer, p *ir.Package, s *ir.Struct) {
	d := &drawing{w: w, pkg: p, structs: []*ir.Struct{s}}
	for i := 0; i < len(d.structs); i++ { // grows as they are drawn
		if i > 0 {
			fmt.Fprintln(w)
		}
		d.draw(d.structs[i])
	}
	for _, e := range d.enums {
		fmt.Fprintf(w, "\n%s (%s)\n", e.Name, e.Kind)
		t := &table{}
		for _, v := range ir.EnumNames(e) {
			t.rows = append(t.rows, [5]string{1: v.Value, 2: v.Name, 3: doc(enumDoc(e, v.Constant))})
		}
		t.write(w)
	}
}

// drawing is one run of Describe.
type drawing struct {
	w       io.Writer
	pkg     *ir.Package
	structs []*ir.Struct // met so far
	enums   []*ir.Enum
}

func (d *drawing) draw(s *ir.Struct) {
	fmt.Fprintf(d.w, "%s (%s), %s\n", s.In(d.pkg.Path), title(s), total(s))
	if text := doc(s.Doc); text != "" {
		fmt.Fprintln(d.w, wrap(text))
	}
	fmt.Fprintln(d.w)
	t := &table{}
	at := place{}
	for i, f := range s.Fields {
		if i > 0 && f.Gen > s.Fields[i-1].Gen || i == 0 && f.Gen > 1 {
			t.rows = append(t.rows, [5]string{2: fmt.Sprintf("— generation %d: an older sender ends here —", f.Gen)})
		}
		size, next := at.move(f.Type)
		t.rows = append(t.rows, [5]string{at.String(), size, f.Name, d.kind(f.Type, f.Max, f.Elem), remark(f)})
		at = next
		d.meet(f.Type)
	}
	if len(s.Fields) == 0 {
		t.rows = append(t.rows, [5]string{2: "no fields"})
	}
	t.write(d.w)
}

// title is "0x0101, up, answered by SendAck" or "part of others".
func title(s *ir.Struct) string {
	switch {
	case s.Message && s.Reply != "":
		return fmt.Sprintf("0x%04x, %s, answered by %s", s.ID, s.Direction, s.Reply)
	case s.Message:
		return fmt.Sprintf("0x%04x, %s", s.ID, s.Direction)
	case s.Frozen:
		return "part of others, frozen: no length before it"
	}
	return "part of others, its length before it"
}

// total is "9 bytes" or "at least 9 bytes".
func total(s *ir.Struct) string {
	size := plural(s.Min(), "byte")
	if s.Generations() > 1 || slices.ContainsFunc(s.Fields, func(f *ir.Field) bool { _, ok := fixedSize(f.Type); return !ok }) {
		return "at least " + size
	}
	return size
}

// fixedSize returns the size of a value that has only one.
func fixedSize(t *ir.Type) (int, bool) {
	if t.Kind != ir.Nested || !t.Struct.Frozen {
		return t.Fixed()
	}
	n := 0
	for _, f := range t.Struct.Fields {
		size, ok := fixedSize(f.Type)
		if !ok {
			return 0, false
		}
		n += size
	}
	return n, true
}

// place is an offset: from the start, or from the end of the last field whose
// size varies.
type place struct {
	offset   int
	relative bool
}

func (p place) String() string {
	if p.relative {
		return "+" + strconv.Itoa(p.offset)
	}
	return strconv.Itoa(p.offset)
}

// move returns the size of a value here and the place behind it.
func (p place) move(t *ir.Type) (string, place) {
	if n, ok := fixedSize(t); ok {
		return strconv.Itoa(n), place{p.offset + n, p.relative}
	}
	return "v", place{relative: true}
}

// kind says what the bytes of a value are.
func (d *drawing) kind(t *ir.Type, limit, elem int) string {
	switch t.Kind {
	case ir.String:
		return fmt.Sprintf("length ‖ UTF-8, at most %s", plural(limit, "byte"))
	case ir.Bytes:
		text := fmt.Sprintf("length ‖ bytes, at most %d", limit)
		if t.Holds != nil {
			text += ": an encoded " + t.Holds.In(d.pkg.Path)
		}
		return text
	case ir.Nested:
		if t.Struct.Frozen {
			return t.Struct.In(d.pkg.Path)
		}
		return "length ‖ " + t.Struct.In(d.pkg.Path)
	case ir.List:
		each := d.kind(t.Elem, elem, 0)
		if strings.Contains(each, "‖") {
			each = "(" + each + ")"
		}
		return fmt.Sprintf("count ‖ at most %d × %s", limit, each)
	}
	if t.Enum != nil {
		return strings.TrimSuffix(strings.Replace(t.In(d.pkg.Path), "(", " ", 1), ")")
	}
	return t.In(d.pkg.Path)
}

// remark is the doc of a field and what its tags say.
func remark(f *ir.Field) string {
	var all []string
	if f.Reserved {
		all = append(all, "reserved: zero, skipped")
	}
	if f.Secret {
		all = append(all, "secret")
	}
	if text := doc(f.Doc); text != "" {
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// doc is a comment on one line.
func doc(text string) string { return strings.Join(strings.Fields(text), " ") }

// meet notes what a type needs to be drawn too.
func (d *drawing) meet(t *ir.Type) {
	if t.Elem != nil {
		t = t.Elem
	}
	for _, s := range []*ir.Struct{t.Struct, t.Holds} {
		if s != nil && !slices.Contains(d.structs, s) {
			d.structs = append(d.structs, s)
		}
	}
	if t.Enum != nil && len(t.Enum.Values) > 0 && !slices.Contains(d.enums, t.Enum) {
		d.enums = append(d.enums, t.Enum)
	}
}

func enumDoc(e *ir.Enum, constant string) string {
	for _, v := range e.Values {
		if v.Name == constant {
			return v.Doc
		}
	}
	return ""
}

// maxLine is where prose is broken, in characters.
const maxLine = 100

// wrap breaks prose into lines.
func wrap(text string) string {
	var out strings.Builder
	n := 0
	for _, word := range strings.Fields(text) {
		size := utf8.RuneCountInString(word)
		switch {
		case n == 0:
		case n+1+size > maxLine:
			out.WriteByte('\n')
			n = 0
		default:
			out.WriteByte(' ')
			n++
		}
		out.WriteString(word)
		n += size
	}
	return out.String()
}
