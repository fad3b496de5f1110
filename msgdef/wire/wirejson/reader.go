package wirejson

import (
	"github.com/sim-im/sim/msgdef/wire"
)

// Bounds of reading.
const (
	// MaxDepth is how deep arrays and objects may nest, those that are skipped
	// included. Definitions nest at most 8 structs, with a list in each.
	MaxDepth = 32

	// MaxExpansion bounds the memory of reading, in bytes allocated per byte of
	// text.
	MaxExpansion = 64

	// expansion is what a Reader hands out; the rest is the allocator's rounding.
	expansion = 40
)

// Reader takes a text apart. Generated decoders drive it:
//
//	r := wirejson.Read(text)
//	for more := r.Object("Point"); more; more = r.More("Point") {
//		switch string(r.Name()) {
//		case "x":
//			m.X = r.Uint(32, "Point.X")
//		default:
//			r.Skip("Point")
//		}
//	}
//	err := r.End("Point")
//
// The first error is kept; after it every method returns zero at once. The last
// argument of all of them is what the error names.
type Reader struct {
	text   []byte
	at     int    // of the first byte that is not read
	depth  int    // arrays and objects around at
	left   int    // bytes that may still be allocated
	name   []byte // of the field at hand
	spare  []byte // for texts with escapes
	failed error
}

// Read returns a Reader of text, which it only reads.
func Read(text []byte) Reader { return Reader{text: text, left: expansion * len(text)} }

// End returns the first error, or an error when the text goes on.
func (r *Reader) End(field string) error {
	if r.space(); r.failed == nil && r.at < len(r.text) {
		r.malformed(field)
	}
	return r.failed
}

// Object begins an object and tells whether it has a field, whose name is read.
func (r *Reader) Object(field string) (more bool) {
	return r.open('{', '}', field) && r.key(field)
}

// More tells whether the object has another field, whose name is read.
func (r *Reader) More(field string) bool { return r.next('}', field) && r.key(field) }

// Name returns the name of the field whose value comes next. It is valid until
// something is read.
func (r *Reader) Name() []byte { return r.name }

// Once notes in seen that the field of a bit has come; twice is an error.
func (r *Reader) Once(seen *uint64, bit uint64, field string) {
	if *seen&bit != 0 {
		r.malformed(field)
	}
	*seen |= bit
}

// Array begins an array and tells whether it has an element.
func (r *Reader) Array(field string) (more bool) { return r.open('[', ']', field) }

// Element tells whether the array has another element.
func (r *Reader) Element(field string) (more bool) { return r.next(']', field) }

// Nested tells whether the next value is an object.
func (r *Reader) Nested() bool { return r.peek() == '{' }

// key reads a name and the colon behind it.
func (r *Reader) key(field string) bool {
	r.name = r.raw(field)
	r.expect(':', field)
	return r.failed == nil
}

// open reads an opening bracket. It returns false when the closing one is next,
// which it reads.
func (r *Reader) open(first, last byte, field string) bool {
	r.expect(first, field)
	if r.depth++; r.depth > MaxDepth {
		r.fail(field, wire.ErrLimit)
	}
	if r.peek() != last {
		return r.failed == nil
	}
	r.at++
	r.depth--
	return false
}

// next reads a comma, and returns true; or the closing bracket.
func (r *Reader) next(last byte, field string) bool {
	if r.peek() != last {
		r.expect(',', field)
		return r.failed == nil
	}
	r.at++
	r.depth--
	return false
}

// expect reads a byte that has to be c.
func (r *Reader) expect(c byte, field string) {
	switch r.peek() {
	case c:
		r.at++
	case 0:
		r.ended(field)
	default:
		r.malformed(field)
	}
}

// peek returns the first byte of the next token; 0 at the end, at a byte of 0,
// and after an error.
func (r *Reader) peek() byte {
	if r.space(); r.failed != nil || r.at >= len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// space skips what may stand between tokens.
func (r *Reader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// ended reports that the text ends, or has a byte of 0, where a token should be.
func (r *Reader) ended(field string) {
	if r.at < len(r.text) {
		r.malformed(field)
		return
	}
	r.fail(field, wire.ErrShort)
}

func (r *Reader) malformed(field string) { r.fail(field, wire.ErrMalformed) }

func (r *Reader) fail(field string, why error) {
	if r.failed == nil {
		r.failed = &wire.Error{Field: field, Err: why}
	}
}
