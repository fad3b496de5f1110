package vectors_test

import (
	"math"
	"reflect"
	"strconv"
	"strings"
)

// smallest sets every number of m to the least it can be.
func smallest(m any) { extreme{}.fields(reflect.ValueOf(m).Elem()) }

// greatest sets every number of m to the most it can be, and everything that
// has a limit to that limit.
func greatest(m any) { extreme{most: true}.fields(reflect.ValueOf(m).Elem()) }

type extreme struct{ most bool }

func (e extreme) fields(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Name == "_" {
			continue
		}
		most, _ := strconv.Atoi(f.Tag.Get("max")) // 0 where there is none
		elem, _ := strconv.Atoi(f.Tag.Get("elem"))
		e.value(v.Field(i), most, elem)
	}
}

func (e extreme) value(v reflect.Value, most, elem int) {
	bits := 0
	if v.CanInt() || v.CanUint() {
		bits = v.Type().Bits()
	}
	switch {
	case v.Kind() == reflect.Struct:
		e.fields(v)
	case v.CanInt() && !e.most:
		v.SetInt(math.MinInt64 >> (64 - bits))
	case v.CanFloat() && !e.most:
		v.SetFloat(math.Inf(-1))
	case !e.most:
	case v.CanInt():
		v.SetInt(math.MaxInt64 >> (64 - bits))
	case v.CanUint():
		v.SetUint(math.MaxUint64 >> (64 - bits))
	case v.CanFloat():
		v.SetFloat(math.Inf(1))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.String:
		v.SetString(text(most))
	default:
		e.series(v, most, elem)
	}
}

// series fills an array, bytes or a list.
func (e extreme) series(v reflect.Value, most, elem int) {
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), most, most))
	}
	for i := range v.Len() {
		e.value(v.Index(i), elem, 0)
	}
}

// text returns n bytes of UTF-8: as many characters of four bytes as fit.
func text(n int) string { return strings.Repeat("𝄞", n/4) + "xyz"[:n%4] }
