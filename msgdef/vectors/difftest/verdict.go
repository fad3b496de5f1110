package difftest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"strings"

	"github.com/sim-im/sim/msgdef/wire"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// verdict returns what the Go codec of m, a zero value, answers for b.
func verdict(m wiretest.Message, b []byte) string {
	m = wiretest.New(m)
	err := m.Decode(b)
	switch {
	case err == nil:
		return "ok " + hex.EncodeToString(m.Append(nil))
	case errors.Is(err, wire.ErrShort):
		return "short"
	case errors.Is(err, wire.ErrLimit):
		return "limit"
	case errors.Is(err, wire.ErrMalformed):
		return "malformed"
	}
	return err.Error()
}

// same compares answers about m. Two NaNs are equal, whatever their bits.
func same(m wiretest.Message, got, want string) bool {
	got, want = strings.TrimSpace(got), strings.TrimSpace(want)
	if strings.EqualFold(got, want) {
		return true
	}
	one, ok1 := strings.CutPrefix(got, "ok ")
	two, ok2 := strings.CutPrefix(want, "ok ")
	if !ok1 || !ok2 {
		return false
	}
	a, err1 := canonical(m, one)
	b, err2 := canonical(m, two)
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}

// canonical encodes what text decodes to with the same bits in every NaN.
func canonical(m wiretest.Message, text string) ([]byte, error) {
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil, err
	}
	m = wiretest.New(m)
	if err := m.Decode(b); err != nil {
		return nil, err
	}
	if again := m.Append(nil); !bytes.Equal(again, b) {
		return nil, errors.New("not an encoding of this version")
	}
	equalNaNs(reflect.ValueOf(m).Elem())
	return m.Append(nil), nil
}

func equalNaNs(v reflect.Value) {
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		if v.CanSet() && math.IsNaN(v.Float()) {
			v.SetFloat(math.NaN())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			equalNaNs(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			equalNaNs(v.Index(i))
		}
	}
}
