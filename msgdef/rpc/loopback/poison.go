package loopback

import "reflect"

// Poison overwrites everything that m points to: the fields, the elements of
// its lists, and the bytes of those. Lengths stay, and so do strings, which
// cannot be written to.
func Poison(m any) {
	poison(reflect.ValueOf(m).Elem())
}

// poison overwrites one value.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(0xdbdbdbdbdbdbdbdb >> (64 - v.Type().Bits()))
	case reflect.Int64:
		v.SetInt(-1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	}
}

// poisonBytes overwrites the memory that strings of an argument lie in.
func poisonBytes(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}
