package wiretest

import (
	"reflect"
	"unsafe"
)

// Shared tells whether a and b have a byte or an element in common. Elements
// without a size, empty structs, all have one address and share nothing.
func Shared(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.String:
		return a.Len() > 0 && unsafe.StringData(a.String()) == unsafe.StringData(b.String())
	case reflect.Slice:
		if a.Cap() > 0 && a.Type().Elem().Size() > 0 && a.UnsafePointer() == b.UnsafePointer() {
			return true
		}
		for i := range a.Len() {
			if Shared(a.Index(i), b.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if Shared(a.Field(i), b.Field(i)) {
				return true
			}
		}
	}
	return false
}

// holds tells whether v has text or bytes anywhere, also in what a list has
// room for.
func holds(v reflect.Value) bool {
	switch {
	case v.Kind() == reflect.String:
		return v.Len() > 0
	case isBytes(v):
		return !v.IsNil()
	case v.Kind() == reflect.Slice:
		all := v.Slice(0, v.Cap())
		for i := range all.Len() {
			if holds(all.Index(i)) {
				return true
			}
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if holds(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

// capacity counts the elements for which the lists in v have room.
func capacity(v reflect.Value) int {
	n := 0
	switch {
	case isBytes(v):
	case v.Kind() == reflect.Slice:
		all := v.Slice(0, v.Cap())
		n = all.Len()
		for i := range all.Len() {
			n += capacity(all.Index(i))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			n += capacity(v.Field(i))
		}
	}
	return n
}

func isBytes(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[byte]()
}
