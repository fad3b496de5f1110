package schematest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// chance makes schemas. Every one is made of valid pieces, but together they may
// break a bound, nest too deep for example; who asks checks that.
type chance struct {
	*rand.Rand
	next int // makes names unique
}

// words are names of fields that mean something in some language, or that are
// hard to spell in another case.
func words() []string {
	return strings.Fields(`Class Default Function New Package This In Object Fun Val Var Let Const Type Interface Enum
		Import Export Return Switch Case Break Void Null Undefined True False NaN Infinity Arguments Eval Await Async Yield
		Static Final Native Synchronized Transient Volatile Throw Throws Try Catch Finally Instanceof Super Self Goto Int Long Byte
		String Number BigInt Boolean Symbol Bytes Prototype Constructor ToString ValueOf ToJSON HashCode GetClass Notify NotifyAll Wait
		Clone_ Copy Encode Decode_ Name Length Create Kind Codec Reader Writer Wire Dst B M N I Err Ok Json Text Value Values
		UserID HTTPProxy USeq UIDs X Y1 A1B2 Data Input Output Limit Min Max Elem Fields From To Of With When Is As By Internal`)
}

// typeNames are names of structs and enums that other languages use themselves.
func typeNames() []string {
	return strings.Fields(`Class Map_ String Object Error Promise Array List Arrays Record Buffer Date Number Integer Long
		Override Thread Math System Optional Uint8Array BigInt Symbol Function Iterator Exception Byte Boolean Double Enum Set
		Window Document Node Event Void Unit Any Never Unknown Global Process Module Require Exports Reader Json Text Bytes`)
}

// name returns a word, made unique by a number most of the time.
func (c *chance) name(from []string) string {
	c.next++
	return from[c.IntN(len(from))] + strconv.Itoa(c.next)
}

// rare is true once in n times.
func (c *chance) rare(n int) bool { return c.IntN(n) == 0 }

// limit returns a limit: tight, or at a step of the length's size.
func (c *chance) limit() int {
	switch {
	case c.rare(40):
		return 16382 + c.IntN(4)
	case c.rare(5):
		return 126 + c.IntN(4)
	}
	return 1 + c.IntN(5)
}

// schema returns a schema of n structs or a few more.
func (c *chance) schema(n int, valid func(*schema) bool) *schema {
	s := &schema{}
	for range 2 + c.IntN(4) {
		s.enums = append(s.enums, c.enum())
	}
	for len(s.structs) < n {
		d := c.definition(s)
		s.structs = append(s.structs, d)
		if !valid(s) {
			s.structs = s.structs[:len(s.structs)-1]
		}
	}
	return s
}

// enum returns an enum of some width with the extremes of it.
func (c *chance) enum() *enum {
	bits := 8 << c.IntN(4)
	e := &enum{name: c.name(typeNames()), kind: "uint" + strconv.Itoa(bits)}
	numbers := []string{"0", "1", strconv.FormatUint(1<<(bits-1), 10), strconv.FormatUint(^uint64(0)>>(64-bits), 10)}
	if c.rare(2) {
		e.kind = "int" + strconv.Itoa(bits)
		numbers = []string{"0", "-1", strconv.FormatInt(-1<<(bits-1), 10), strconv.FormatUint(1<<(bits-1)-1, 10)}
	}
	for _, n := range numbers {
		if c.rare(3) && len(e.values) > 0 {
			continue
		}
		e.values = append(e.values, value{e.name + c.name(words()), n})
	}
	return e
}

// definition returns a struct that may contain those of s.
func (c *chance) definition(s *schema) *definition {
	d := &definition{name: c.name(typeNames())}
	switch c.IntN(4) {
	case 0, 1:
		d.id = 0x8000 + c.next
		d.direction = []string{"up", "down", "both"}[c.IntN(3)]
	case 2:
		d.frozen = true
	}
	count := c.IntN(9)
	if c.rare(12) {
		count = 60 + c.IntN(20)
	}
	gen := 1
	if c.rare(6) {
		gen = 2 // grew from an empty one
	}
	for range count {
		if len(d.fields) > 0 && c.rare(5) {
			gen++
		}
		f := c.field(s)
		if f.gen = gen; d.frozen {
			f.gen = 1
		}
		d.fields = append(d.fields, f)
	}
	return d
}

// field returns a field of generation 1.
func (c *chance) field(s *schema) *field {
	f := &field{name: c.name(words()), gen: 1}
	if c.rare(8) {
		f.name = words()[c.IntN(len(words()))] // not unique, which may fail
	}
	if c.rare(9) {
		f.name = "_"
	}
	kind, text := c.kind(s)
	f.kind = kind
	list := c.rare(3)
	switch {
	case list && text:
		f.kind, f.max, f.elem = "[]"+kind, c.limit(), 1+c.IntN(9)
	case list:
		f.kind, f.max = "[]"+kind, c.limit()
	case text:
		f.max = c.limit()
	}
	if strings.HasSuffix(f.kind, "[]byte") && len(s.structs) > 0 && c.rare(2) {
		f.holds = s.structs[c.IntN(len(s.structs))].name
	}
	f.secret = c.rare(10) && f.name != "_"
	return f
}

// kind returns a kind that is no list, and whether it needs a limit.
func (c *chance) kind(s *schema) (name string, text bool) {
	switch c.IntN(8) {
	case 0, 1:
		return []string{"string", "[]byte"}[c.IntN(2)], true
	case 2:
		return s.enums[c.IntN(len(s.enums))].name, false
	case 3:
		return fmt.Sprintf("[%d]byte", []int{1, 2, 7, 16, 130}[c.IntN(5)]), false
	case 4, 5:
		parts := slices.Clone(s.structs)
		parts = slices.DeleteFunc(parts, func(d *definition) bool { return d.id > 0 && !c.rare(3) })
		if len(parts) > 0 {
			return parts[max(c.IntN(len(parts)), c.IntN(len(parts)))].name, false // new ones nest deeper
		}
	}
	basic := strings.Fields("bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64")
	return basic[c.IntN(len(basic))], false
}
