package wiretest

import (
	"reflect"
	"strconv"
)

// Source supplies the values of Fill. A property test supplies random ones.
type Source interface {
	Uint64() uint64
	Count(depth, limit int) int // elements of a list inside depth other lists
	Blob(limit int) []byte      // at most limit bytes
	Text(limit int) string      // UTF-8 of at most limit bytes
}

// Fill sets every field of m, a pointer to a struct of message definitions,
// within the limits of its tags.
func Fill(m any, src Source) { filler{src, 0}.fields(reflect.ValueOf(m).Elem()) }

// filler fills what is inside depth lists.
type filler struct {
	Source
	depth int
}

func (f filler) fields(v reflect.Value) {
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.Name != "_" {
			f.value(v.Field(i), limit(field.Tag, "max"), limit(field.Tag, "elem"))
		}
	}
}

func limit(tag reflect.StructTag, key string) int {
	n, _ := strconv.Atoi(tag.Get(key)) // an absent tag is no limit, and not asked for
	return n
}

func (f filler) value(v reflect.Value, limit, elem int) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.Uint64()&1 == 1)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.Uint64()) >> (64 - v.Type().Bits()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(f.Uint64() >> (64 - v.Type().Bits()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(int32(f.Uint64())))
	case reflect.String:
		v.SetString(f.Text(limit))
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).SetUint(f.Uint64() >> 56)
		}
	case reflect.Struct:
		f.fields(v)
	case reflect.Slice:
		f.slice(v, limit, elem)
	}
}

func (f filler) slice(v reflect.Value, limit, elem int) {
	if isBytes(v) {
		v.SetBytes(f.Blob(limit))
		return
	}
	n := f.Count(f.depth, limit)
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	inside := filler{f.Source, f.depth + 1}
	for i := range n {
		inside.value(v.Index(i), elem, 0)
	}
}
