package wirejson

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef/wire"
)

// raw reads a string and returns what it stands for: a part of the text, or of
// spare when there are escapes. It is valid until the next one is read.
func (r *Reader) raw(field string) []byte {
	r.expect('"', field)
	if r.failed != nil {
		return nil
	}
	start := r.at
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			s := r.text[start:r.at]
			r.at++
			return r.utf8(s, field)
		case c == '\\':
			return r.escaped(start, field)
		case c < ' ':
			r.malformed(field)
			return nil
		}
	}
	r.fail(field, wire.ErrShort)
	return nil
}

func (r *Reader) utf8(s []byte, field string) []byte {
	if !utf8.Valid(s) {
		r.malformed(field)
		return nil
	}
	return s
}

// escaped reads on at the first escape of a string that began at start.
func (r *Reader) escaped(start int, field string) []byte {
	if r.spare == nil {
		r.spend(len(r.text)-start, field) // no string is longer, so this is all of it
		if r.failed != nil {
			return nil
		}
		r.spare = make([]byte, 0, len(r.text)-start)
	}
	s := append(r.spare[:0], r.text[start:r.at]...)
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			return r.utf8(s, field)
		case c < ' ':
			r.malformed(field)
			return nil
		case c == '\\':
			if s = r.escape(s, field); r.failed != nil {
				return nil
			}
		default:
			s = append(s, c)
		}
	}
	r.fail(field, wire.ErrShort)
	return nil
}

// escape reads what follows a backslash and appends what it stands for.
func (r *Reader) escape(s []byte, field string) []byte {
	if r.at >= len(r.text) {
		r.fail(field, wire.ErrShort)
		return s
	}
	c := r.text[r.at]
	r.at++
	switch c {
	case '"', '\\', '/':
		return append(s, c)
	case 'b':
		return append(s, '\b')
	case 'f':
		return append(s, '\f')
	case 'n':
		return append(s, '\n')
	case 'r':
		return append(s, '\r')
	case 't':
		return append(s, '\t')
	case 'u':
		return utf8.AppendRune(s, r.codePoint(field))
	}
	r.malformed(field)
	return s
}

// codePoint reads four hexadecimal digits, and the second half of a pair.
func (r *Reader) codePoint(field string) rune {
	first := r.hex4(field)
	if r.failed != nil || !utf16.IsSurrogate(first) {
		return first
	}
	r.plain('\\', field)
	r.plain('u', field)
	whole := utf16.DecodeRune(first, r.hex4(field))
	if whole == utf8.RuneError { // it never stands for a pair
		r.malformed(field)
	}
	return whole
}

func (r *Reader) hex4(field string) (v rune) {
	for range 4 {
		if r.failed != nil {
			return 0
		}
		if r.at >= len(r.text) {
			r.fail(field, wire.ErrShort)
			return 0
		}
		digit, ok := hexDigit(r.text[r.at])
		if !ok {
			r.malformed(field)
			return 0
		}
		v = v<<4 | digit
		r.at++
	}
	return v
}

func hexDigit(c byte) (v rune, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10, true
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10, true
	}
	return 0, false
}

// plain reads a byte inside a token, where no space may be.
func (r *Reader) plain(c byte, field string) {
	switch {
	case r.failed != nil:
	case r.at >= len(r.text):
		r.fail(field, wire.ErrShort)
	case r.text[r.at] != c:
		r.malformed(field)
	default:
		r.at++
	}
}

// word reads a literal.
func (r *Reader) word(w, field string) {
	if r.peek() == 0 {
		r.ended(field)
	}
	for i := range len(w) {
		r.plain(w[i], field)
	}
}

// number reads a number of RFC 8259, section 6, and returns its characters.
func (r *Reader) number(field string) []byte {
	if r.peek() == 0 {
		r.ended(field)
		return nil
	}
	start := r.at
	r.maybe('-')
	if !r.maybe('0') {
		r.digits(field)
	}
	if r.maybe('.') {
		r.digits(field)
	}
	if r.maybe('e') || r.maybe('E') {
		if !r.maybe('+') {
			r.maybe('-')
		}
		r.digits(field)
	}
	if r.failed != nil {
		return nil
	}
	return r.text[start:r.at]
}

// maybe reads c if it is next inside a token.
func (r *Reader) maybe(c byte) bool {
	if r.failed != nil || r.at >= len(r.text) || r.text[r.at] != c {
		return false
	}
	r.at++
	return true
}

// digits reads at least one digit.
func (r *Reader) digits(field string) {
	start := r.at
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
	}
	switch {
	case r.failed != nil || r.at > start:
	case r.at >= len(r.text):
		r.fail(field, wire.ErrShort)
	default:
		r.malformed(field)
	}
}
