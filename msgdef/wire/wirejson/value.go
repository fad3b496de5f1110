package wirejson

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"
	"unsafe"

	"github.com/sim-im/sim/msgdef/wire"
)

// Bool reads true or false.
func (r *Reader) Bool(field string) bool {
	if r.peek() == 't' {
		r.word("true", field)
		return r.failed == nil
	}
	r.word("false", field)
	return false
}

// Int reads a number that is a signed integer of at most 32 bits.
func (r *Reader) Int(bits int, field string) int64 {
	return r.signed(r.number(field), bits, field)
}

// Uint reads a number that is an unsigned integer of at most 32 bits.
func (r *Reader) Uint(bits int, field string) uint64 {
	return r.unsigned(r.number(field), bits, field)
}

// Int64 reads a decimal string.
func (r *Reader) Int64(field string) int64 { return r.signed(r.raw(field), 64, field) }

// Uint64 reads a decimal string.
func (r *Reader) Uint64(field string) uint64 { return r.unsigned(r.raw(field), 64, field) }

// Float reads a number or the name of what is none, of 32 or 64 bits.
func (r *Reader) Float(bits int, field string) float64 {
	if r.peek() == '"' {
		return r.noNumber(field)
	}
	digits := r.number(field)
	if r.failed != nil {
		return 0
	}
	v, err := strconv.ParseFloat(wire.String(digits), bits)
	if err != nil {
		r.malformed(field)
	}
	return v
}

func (r *Reader) noNumber(field string) float64 {
	switch string(r.raw(field)) {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	r.malformed(field)
	return 0
}

// Text reads a string of at most limit bytes.
func (r *Reader) Text(limit int, field string) string {
	s := r.raw(field)
	if !r.Room(len(s), limit, field) {
		return ""
	}
	return string(s)
}

// Bytes reads base64 of at most limit bytes.
func (r *Reader) Bytes(limit int, field string) []byte {
	text := r.raw(field)
	n, ok := decodedLen(text)
	if r.failed == nil && !ok {
		r.malformed(field)
	}
	if !r.Room(n, limit, field) || n == 0 {
		return nil
	}
	b := make([]byte, n)
	r.decode(b, text, field)
	return b
}

// Fill reads base64 of exactly the length of dst.
func (r *Reader) Fill(dst []byte, field string) {
	text := r.raw(field)
	if n, ok := decodedLen(text); r.failed != nil || !ok || n != len(dst) {
		r.malformed(field)
		return
	}
	r.decode(dst, text, field)
}

// decode fills dst with what text stands for. There are no line breaks, which
// encoding/base64 skips, and no bits behind the last byte.
func (r *Reader) decode(dst, text []byte, field string) {
	if bytes.ContainsAny(text, "\r\n") {
		r.malformed(field)
		return
	}
	if got, err := base64.StdEncoding.Strict().Decode(dst, text); err != nil || got != len(dst) {
		r.malformed(field)
	}
}

// decodedLen returns how many bytes a text of base64 stands for.
func decodedLen(text []byte) (n int, ok bool) {
	if len(text)%4 != 0 {
		return 0, false
	}
	return len(text)/4*3 - (len(text) - len(bytes.TrimRight(text, "="))), !bytes.HasSuffix(text, []byte("==="))
}

// Room tells whether a value of n bytes may be allocated: it keeps its limit,
// and a text of this length may cost that much.
func (r *Reader) Room(n, limit int, field string) bool {
	if r.failed == nil && n > limit {
		r.fail(field, wire.ErrLimit)
	}
	r.spend(n, field)
	return r.failed == nil
}

// spend takes n bytes from what may be allocated.
func (r *Reader) spend(n int, field string) {
	if r.left -= n; r.left < 0 {
		r.fail(field, wire.ErrLimit)
	}
}

// Grow appends a zero element to a list of at most limit, unless it returns
// false.
func Grow[E any](r *Reader, list *[]E, limit int, field string) bool {
	var zero E
	s := *list
	if len(s) == limit {
		r.fail(field, wire.ErrLimit)
		return false
	}
	if len(s) == cap(s) {
		n := min(max(2*len(s), 1), limit)
		if r.spend(n*int(unsafe.Sizeof(zero)), field); r.failed != nil {
			return false
		}
		s = append(make([]E, 0, n), s...)
	}
	*list = append(s, zero)
	return true
}

// signed takes canonical decimal digits.
func (r *Reader) signed(digits []byte, bits int, field string) int64 {
	if r.failed != nil || !canonical(bytes.TrimPrefix(digits, []byte("-"))) || string(digits) == "-0" {
		r.malformed(field)
		return 0
	}
	v, err := strconv.ParseInt(wire.String(digits), 10, bits)
	if err != nil {
		r.malformed(field)
		return 0
	}
	return v
}

func (r *Reader) unsigned(digits []byte, bits int, field string) uint64 {
	if r.failed != nil || !canonical(digits) {
		r.malformed(field)
		return 0
	}
	v, err := strconv.ParseUint(wire.String(digits), 10, bits)
	if err != nil {
		r.malformed(field)
		return 0
	}
	return v
}

// canonical tells whether digits are at most 20 and have no leading zero.
func canonical(digits []byte) bool {
	if len(digits) == 0 || len(digits) > 20 || len(digits) > 1 && digits[0] == '0' {
		return false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
