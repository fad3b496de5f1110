package vectors_test

import (
	"encoding/hex"
	"math"
	"reflect"
	"strconv"
)

// fieldsOf returns the fields of a message for JSON: bytes in hexadecimal,
// integers of 64 bits as strings. Reserved fields are not there.
func fieldsOf(m any) map[string]any { return fields(reflect.ValueOf(m).Elem()) }

func fields(v reflect.Value) map[string]any {
	out := make(map[string]any)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; name != "_" {
			out[name] = value(v.Field(i))
		}
	}
	return out
}

func value(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return float64(v.Int()) // what JSON makes of a number
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return float64(v.Uint())
	case reflect.Float32, reflect.Float64:
		return float(v.Float())
	case reflect.Struct:
		return fields(v)
	}
	if v.Type().Elem() == reflect.TypeFor[byte]() { // [N]byte or []byte
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		return hex.EncodeToString(b)
	}
	list := make([]any, v.Len())
	for i := range list {
		list[i] = value(v.Index(i))
	}
	return list
}

// float returns f, or the name of what JSON has no number for.
func float(f float64) any {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return f
}
