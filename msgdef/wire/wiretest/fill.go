package wiretest

import (
	"reflect"
	"strconv"
)

// Source supplies the values of Fill. A property test supplies random ones.
type Source interface {
	Uint64() uint64
	Len(limit int) int     // from 0 to limit
	Bytes(n int) []byte    // n bytes
	Text(limit int) string // UTF-8 of at most limit bytes
}

// Fill sets every field of m, a pointer to a struct of message definitions,
// within the limits of its tags.
func Fill(m any, src Source) { fillStruct(reflect.ValueOf(m).Elem(), src) }

func fillStruct(v reflect.Value, src Source) {
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Name != "_" {
			fill(v.Field(i), limit(f.Tag, "max"), limit(f.Tag, "elem"), src)
		}
	}
}

func limit(tag reflect.StructTag, key string) int {
	n, _ := strconv.Atoi(tag.Get(key))
	return n
}

func fill(v reflect.Value, limit, elem int, src Source) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(src.Uint64()&1 == 1)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(src.Uint64()) >> (64 - v.Type().Bits()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(src.Uint64() >> (64 - v.Type().Bits()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(int32(src.Uint64())))
	case reflect.String:
		v.SetString(src.Text(limit))
	case reflect.Array:
		reflect.Copy(v, reflect.ValueOf(src.Bytes(v.Len())))
	case reflect.Struct:
		fillStruct(v, src)
	case reflect.Slice:
		fillSlice(v, limit, elem, src)
	}
}

func fillSlice(v reflect.Value, limit, elem int, src Source) {
	n := src.Len(limit)
	if v.Type().Elem().Kind() == reflect.Uint8 && v.Type().Elem().PkgPath() == "" {
		v.SetBytes(src.Bytes(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		fill(v.Index(i), elem, 0, src)
	}
}

// Steady is a Source without chance: small lists, short texts, and numbers
// whose bytes differ.
type Steady struct {
	next uint64
}

// Uint64 returns the next number of a fixed sequence.
func (s *Steady) Uint64() uint64 {
	s.next++
	return s.next * 0x9e3779b97f4a7c15
}

// Len returns 3, or the limit if it is less.
func (s *Steady) Len(limit int) int { return min(limit, 3) }

// Bytes returns n bytes of the sequence.
func (s *Steady) Bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.Uint64() >> 56)
	}
	return b
}

// Text returns text with a character of several bytes where there is room.
func (s *Steady) Text(limit int) string {
	if limit < len("né") {
		return "x"[:min(limit, 1)]
	}
	return "né"
}
