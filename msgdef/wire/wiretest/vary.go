package wiretest

import "reflect"

// vary changes one value in v after the other and calls check while it is not
// what it was. Of lists it changes the first element, and the length.
func vary(v reflect.Value, check func()) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "_" {
				vary(v.Field(i), check)
			}
		}
		return
	case reflect.Array:
		vary(v.Index(0), check)
		vary(v.Index(v.Len()-1), check)
		return
	case reflect.Slice:
		if v.Len() > 0 {
			vary(v.Index(0), check)
		}
	}
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	change(v)
	check()
	v.Set(was)
}

// change gives v, which has no fields, another value.
func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(^v.Int())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(v.Uint() ^ 1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(-1 - v.Float())
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	}
}
