package vectors_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef/vectors/difftest"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/msgdef/vectors/layout"
	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

// TestKinds compares kinds.json with what the codecs do, and proves that no
// struct of package kinds is missing.
func TestKinds(t *testing.T) {
	set := definitions(t, "kinds/msgdef.lock", difftest.Kinds())
	want := file{Messages: kindEncodings(set), Refused: faults(set)}
	for i := range want.Messages {
		want.Messages[i].ID = set.Structs[want.Messages[i].Type].ID
	}
	prove(t, difftest.Kinds(), want)
	compare(t, "kinds.json", want)
}

// kindEncodings returns each struct empty, full, and with the extremes, then
// what is worth a case of its own, and other generations.
func kindEncodings(set *layout.Set) (list []encoding) {
	steady := new(wiretest.Steady)
	for _, zero := range difftest.Kinds() {
		full, least, most := wiretest.New(zero), wiretest.New(zero), wiretest.New(zero)
		wiretest.Fill(full, steady)
		smallest(least)
		greatest(most)
		list = append(list, encode(zero, "zero"), encode(full, "every field"),
			encode(least, "the smallest numbers"), encode(most, "the greatest of everything"))
		if !set.Structs[difftest.Name(zero)].Frozen {
			list = append(list, newer(full))
		}
	}
	return slices.Concat(list, lengthCases(), textCases(), numberCases(), generationCases(), nestedCases())
}

// lengthCases are the lengths around which their encoding grows.
func lengthCases() (list []encoding) {
	for _, n := range []int{1, 127, 128, 129, 255, 256, 300} {
		m := &kinds.Texts{Text: strings.Repeat("x", n), Blob: make([]byte, n)}
		list = append(list, encode(m, "lengths of one and two bytes"))
	}
	for _, n := range []int{16383, 16384} {
		list = append(list, encode(&kinds.Texts{Long: strings.Repeat("x", n)}, "lengths of two and three bytes"))
	}
	for _, n := range []int{127, 128} {
		list = append(list, encode(&kinds.Lists{Ints: make([]int16, n)}, "counts of one and two bytes"))
	}
	person := kinds.Person{Name: strings.Repeat("n", 32), Alias: kinds.Alias{Names: []string{"12345678", "12345678", "12345678", "1234567"}}}
	for range 6 { // the length of a Person grows over 127 bytes
		person.Email += strings.Repeat("e", 4)
		list = append(list, encode(&kinds.Lists{Persons: []kinds.Person{person}}, "lengths of nested structs of one and two bytes"))
	}
	return list
}

// textCases are strings that a decoder might take for something else.
func textCases() (list []encoding) {
	for text, why := range map[string]string{
		"größer als 1 €, 好 𝄞":        "UTF-8 of one to four bytes",
		"a\x00b":                     "a string with a zero byte",
		"\ufeffmark":                 "a string that begins with a byte order mark, which stays",
		"\u007f\u0080\u07ff\u0800":   "around the steps from one byte to three",
		"\ud7ff\ue000\ufffd\uffff":   "around the surrogates, the replacement character, a noncharacter",
		"\U00010000\U0010ffff":       "the first and the last character of four bytes",
		"e\u0301\u00e9":              "two forms of one letter, neither normalised",
		"\r\n\t\"\\/</script>\u2028": "characters that JSON may escape",
	} {
		list = append(list, encode(&kinds.Texts{Text: text}, why))
	}
	slices.SortFunc(list, func(a, b encoding) int { return strings.Compare(a.Why, b.Why) })
	return append(list,
		encode(&kinds.Texts{Secret: "hidden in logs"}, "a secret, which is hidden in logs only"),
		encode(&kinds.Lists{Texts: []string{"", "é", ""}, Bytes: [][]byte{{}, {0xff}, {}}}, "empty elements"),
		encode(&kinds.Lists{Arrays: [][3]byte{{1, 2, 3}, {4, 5, 6}}}, "a list of arrays"),
	)
}

// numberCases are numbers that some language has no type for, and NaN, of
// which a vector says only that it is one: all its other bits are 7ff8… here.
func numberCases() (list []encoding) {
	for _, f := range []float64{
		math.Float64frombits(0x7ff8 << 48), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 0.1, -1.5,
		math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53, 1<<53 + 2,
	} {
		single := float32(f)
		if math.IsNaN(f) {
			single = math.Float32frombits(0x7fc0 << 16)
		}
		list = append(list, encode(&kinds.Scalars{Float32: single, Float64: f}, "floats that are special"))
	}
	return append(list,
		encode(&kinds.Scalars{Float32: math.MaxFloat32, Float64: 0x1p-1022}, "the greatest float of 32 bits, the least normal one of 64"),
		encode(&kinds.Scalars{Float32: math.SmallestNonzeroFloat32}, "the least float of 32 bits"),
		encode(&kinds.Lists{Floats: []float64{math.Inf(1), math.Copysign(0, -1), 1e300}}, "a list of special floats"),
		encode(&kinds.Scalars{Level: 77, Offset: -77, Flags: 0x8000000000000003}, "values of enums that have no name"),
		encode(&kinds.Lists{Levels: []kinds.Level{0, 1, 77, 200, 255}}, "a list of values, some without a name"),
		encode(&kinds.Scalars{Int64: -1 << 53, Uint64: 1<<53 + 1, Flags: 1<<53 + 1}, "integers that a float of 64 bits cannot hold"),
		encode(&kinds.Lists{Longs: []uint64{1<<53 + 1, math.MaxUint64}}, "a list of them"),
		encode(&kinds.Lists{Bools: []bool{true, false, true}}, "a list of bools"),
	)
}
