package explain

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/sim-im/sim/codegen/ir"
	"github.com/sim-im/sim/msgdef/wire"
)

// length reads a length or count, and checks it against limit and against what
// is left for that many of at least smallest bytes each.
func (r *reader) length(node *Node, path string, limit, smallest int, unit string) (int, *Failure) {
	b := r.input[r.at:r.end]
	n, k := wire.Len(b)
	left := len(b) - k
	switch {
	case k == 0 && cut(b):
		return 0, r.fail(path, wire.ErrShort, "no end of the length in %s", plural(len(b), "byte"))
	case k == 0:
		return 0, r.fail(path, wire.ErrMalformed, "the length is not canonical, or has more than 31 bits")
	case n > limit:
		return 0, r.fail(path, wire.ErrLimit, "%d %s, at most %d", n, unit, limit)
	case n > left/smallest:
		return 0, r.fail(path, wire.ErrShort, "%d %s announced, %s left", n, unit, plural(left, "byte"))
	}
	r.at += k
	node.Prefix = k
	return n, nil
}

// cut tells whether b ends inside a length.
func cut(b []byte) bool {
	for _, c := range b {
		if c < 0x80 {
			return false
		}
	}
	return len(b) < 5
}

func (r *reader) left() int { return r.end - r.at }

func (r *reader) fail(field string, class error, format string, args ...any) *Failure {
	return &Failure{Field: field, Offset: r.base + r.at, Err: class, Why: fmt.Sprintf(format, args...)}
}

// invalidUTF8 is the index of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		c, size := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

// hasSecret tells whether something in s is tagged secret, at any depth.
func hasSecret(s *ir.Struct) bool {
	for _, f := range s.Fields {
		t := f.Type
		if t.Elem != nil {
			t = t.Elem
		}
		if f.Secret || t.Struct != nil && hasSecret(t.Struct) || t.Holds != nil && hasSecret(t.Holds) {
			return true
		}
	}
	return false
}

func elementName(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// plural is "1 byte" or "2 bytes".
func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}
