package wirejson

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef/wire"
)

// sample has a field of each kind that the Reader has a method for, driven as
// generated code does.
type sample struct {
	Bool  bool
	Int   int64
	Uint  uint64
	Int64 int64
	U64   uint64
	Float float64
	Text  string
	Bytes []byte
	Fixed [3]byte
	List  []uint64
	Inner []sample
}

func (m *sample) read(r *Reader) {
	var seen uint64
	for more := r.Object("T"); more; more = r.More("T") {
		switch string(r.Name()) {
		case "bool":
			r.Once(&seen, 1, "T.Bool")
			m.Bool = r.Bool("T.Bool")
		case "int":
			m.Int = r.Int(8, "T.Int")
		case "uint":
			m.Uint = r.Uint(32, "T.Uint")
		case "int64":
			m.Int64 = r.Int64("T.Int64")
		case "u64":
			m.U64 = r.Uint64("T.U64")
		case "float":
			m.Float = r.Float(64, "T.Float")
		case "text":
			m.Text = r.Text(8, "T.Text")
		case "bytes":
			m.Bytes = r.Bytes(4, "T.Bytes")
		case "fixed":
			r.Fill(m.Fixed[:], "T.Fixed")
		case "list":
			for more := r.Array("T.List"); more && Grow(r, &m.List, 3, "T.List"); more = r.Element("T.List") {
				m.List[len(m.List)-1] = r.Uint(8, "T.List")
			}
		case "inner":
			for more := r.Array("T.Inner"); more && Grow(r, &m.Inner, 1000, "T.Inner"); more = r.Element("T.Inner") {
				m.Inner[len(m.Inner)-1].read(r)
			}
		default:
			r.Skip("T")
		}
	}
}

func decode(text string) (m sample, err error) {
	r := Read([]byte(text))
	m.read(&r)
	return m, r.End("T")
}

func TestAccepted(t *testing.T) {
	text := " {\n\t\"bool\" : true, \"int\":-128,\"uint\":4294967295,\"int64\":\"-9223372036854775808\"," +
		`"u64":"18446744073709551615","float":-1.5E+2,"text":"\u00e9\ud83d\ude00\/\"","bytes":"AQIDBA==","fixed":"AQID",` +
		`"list":[1,2,255],"in\u006eer":[{"uint":7},{}],"new":[null,{"a":[true,false,-0.0e-1,""]}]}` + "\r\n"
	m, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Bool || m.Int != -128 || m.Uint != math.MaxUint32 || m.Int64 != math.MinInt64 || m.U64 != math.MaxUint64 || m.Float != -150 {
		t.Errorf("numbers are %+v", m)
	}
	if m.Text != "é😀/\"" || string(m.Bytes) != "\x01\x02\x03\x04" || m.Fixed != [3]byte{1, 2, 3} {
		t.Errorf("texts are %+v", m)
	}
	if len(m.List) != 3 || m.List[2] != 255 || len(m.Inner) != 2 || m.Inner[0].Uint != 7 {
		t.Errorf("lists are %+v", m)
	}
}

func TestRefused(t *testing.T) {
	deep := strings.Repeat(`[`, MaxDepth)
	for text, want := range map[string]string{
		``:                               "T: short",
		`  `:                             "T: short",
		`{`:                              "T: short",
		`{"bool`:                         "T: short",
		`{"bool"`:                        "T: short",
		`{"bool":tr`:                     "T.Bool: short",
		`{"uint":-`:                      "T.Uint: short",
		`{"float":1.`:                    "T.Float: short",
		`{"text":"\u00`:                  "T.Text: short",
		`{"text":"\ud83d`:                "T.Text: short",
		`{"list":[1`:                     "T.List: short",
		`null`:                           "T: malformed",
		`[]`:                             "T: malformed",
		`{}x`:                            "T: malformed",
		"{}\x00":                         "T: malformed",
		"\ufeff{}":                       "T: malformed",
		`{"bool":true,}`:                 "T: malformed",
		`{,}`:                            "T: malformed",
		`{bool:true}`:                    "T: malformed",
		`{"bool" true}`:                  "T: malformed",
		`{"bool":true "int":1}`:          "T: malformed",
		`{"bool":null}`:                  "T.Bool: malformed",
		`{"bool":1}`:                     "T.Bool: malformed",
		`{"bool":truE}`:                  "T.Bool: malformed",
		`{"bool":true,"bool":true}`:      "T.Bool: malformed",
		`{"bool":true,"b\u006fol":true}`: "T.Bool: malformed",
		`{"int":128}`:                    "T.Int: malformed",
		`{"int":-129}`:                   "T.Int: malformed",
		`{"int":1.0}`:                    "T.Int: malformed",
		`{"int":1e1}`:                    "T.Int: malformed",
		`{"int":-0}`:                     "T.Int: malformed",
		`{"int":01}`:                     "T: malformed",
		`{"int":+1}`:                     "T.Int: malformed",
		`{"int":"1"}`:                    "T.Int: malformed",
		`{"uint":-1}`:                    "T.Uint: malformed",
		`{"uint":4294967296}`:            "T.Uint: malformed",
		`{"u64":1}`:                      "T.U64: malformed",
		`{"u64":"01"}`:                   "T.U64: malformed",
		`{"u64":"+1"}`:                   "T.U64: malformed",
		`{"u64":""}`:                     "T.U64: malformed",
		`{"u64":"1 "}`:                   "T.U64: malformed",
		`{"u64":"1_0"}`:                  "T.U64: malformed",
		`{"u64":"18446744073709551616"}`: "T.U64: malformed",
		`{"int64":"-"}`:                  "T.Int64: malformed",
		`{"int64":"--1"}`:                "T.Int64: malformed",
		`{"float":1e999}`:                "T.Float: malformed",
		`{"float":"nan"}`:                "T.Float: malformed",
		`{"float":"1"}`:                  "T.Float: malformed",
		`{"float":.5}`:                   "T.Float: malformed",
		`{"text":"123456789"}`:           "T.Text: limit",
		"{\"text\":\"\n\"}":              "T.Text: malformed",
		"{\"text\":\"\xff\"}":            "T.Text: malformed",
		`{"text":"\x"}`:                  "T.Text: malformed",
		`{"text":"\ud83d"}`:              "T.Text: malformed",
		`{"text":"\ud83d\u0041"}`:        "T.Text: malformed",
		`{"text":"\ude00"}`:              "T.Text: malformed",
		`{"text":"\u00zz"}`:              "T.Text: malformed",
		`{"bytes":"AQIDBAU="}`:           "T.Bytes: limit",
		`{"bytes":"AQI"}`:                "T.Bytes: malformed",
		`{"bytes":"AQJ="}`:               "T.Bytes: malformed",
		`{"bytes":"===="}`:               "T.Bytes: malformed",
		`{"bytes":"A==="}`:               "T.Bytes: malformed",
		`{"bytes":"A-_="}`:               "T.Bytes: malformed",
		`{"bytes":"AQ\n\n\n\n=="}`:       "T.Bytes: malformed",
		`{"fixed":"AQI="}`:               "T.Fixed: malformed",
		`{"fixed":"AQIDBA=="}`:           "T.Fixed: malformed",
		`{"list":[1,2,3,4]}`:             "T.List: limit",
		`{"list":[1,]}`:                  "T.List: malformed",
		`{"list":{}}`:                    "T.List: malformed",
		`{"list":[1 2]}`:                 "T.List: malformed",
		`{"x":` + deep + `]`:             "T: limit",
		`{"x":nul}`:                      "T: malformed",
		"{\"x\":\"\xff\"}":               "T: malformed",
		`{"x":[1}`:                       "T: malformed",
		`{"inner":[` + strings.Repeat("{},", 900) + "{}]}": "T.Inner: limit",
	} {
		_, err := decode(text)
		if got := class(err); got != want {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
}

// class is an error in the short form of the table.
func class(err error) string {
	var e *wire.Error
	if !errors.As(err, &e) {
		return "accepted"
	}
	return e.Field + ": " + map[error]string{wire.ErrShort: "short", wire.ErrLimit: "limit", wire.ErrMalformed: "malformed"}[e.Err]
}

func TestAppendTextEqualsEncodingJSON(t *testing.T) {
	for _, s := range []string{"", "plain", "\x00\x1f\x7f\b\f\n\r\t\"\\/", "é\u2028😀", "a\xffb\xed\xa0\x80"} {
		got := AppendText([]byte("x"), s)
		var back string
		if err := json.Unmarshal(got[1:], &back); err != nil || back != strings.ToValidUTF8(strings.ReplaceAll(s, "\xed\xa0\x80", "\ufffd\ufffd\ufffd"), "\ufffd") {
			t.Errorf("%q became %s, which is %q, %v", s, got, back, err)
		}
	}
	if got := string(AppendText(nil, "\x01\n\"/\x7f")); got != `"\u0001\n\"/`+"\x7f\"" {
		t.Errorf("got %s", got)
	}
}

func TestFloats(t *testing.T) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -0.1, 1e-7, 1e21, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1)} {
		text := AppendFloat([]byte(`{"float":`), v, 64)
		m, err := decode(string(text) + "}")
		if err != nil || math.Float64bits(m.Float) != math.Float64bits(v) {
			t.Errorf("%v became %s and %v, %v", v, text, m.Float, err)
		}
	}
	if m, err := decode(string(AppendFloat([]byte(`{"float":`), math.NaN(), 64)) + "}"); err != nil || !math.IsNaN(m.Float) {
		t.Errorf("no number became %v, %v", m.Float, err)
	}
	if got := string(AppendFloat(nil, float64(float32(0.1)), 32)); got != "0.1" {
		t.Errorf("a float32 is %s", got)
	}
}

// TestNoAllocations reads what needs no memory of its own.
func TestNoAllocations(t *testing.T) {
	text := []byte(`{"bool":true,"int":1,"u64":"1234567890123","float":1.5,"fixed":"AQID","new":[{"a":"b"}]}`)
	dst := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(10, func() {
		var m sample
		r := Read(text)
		m.read(&r)
		if r.End("T") != nil {
			t.Error("refused")
		}
		_ = AppendText(AppendUint64(dst[:0], m.U64), "text")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzReader compares with encoding/json what is JSON at all: every value but
// strings that are not UTF-8, half surrogates and great depth, which it lets
// pass.
func FuzzReader(f *testing.F) {
	for _, text := range []string{
		``, `null`, `[1,-0.5e+7,"a\u0062\n",true,{"x":[]}]`, `{"a":1,"a":2}`, `01`, `"\ud83d\ude00"`, `"\ud83d"`, "\"\xff\"", `[[[[]]]]`, `1 2`, `-`, `{"a" 1}`, `tru`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := Read(text)
		r.Skip("T")
		err := r.End("T")
		valid := json.Valid(text)
		if err == nil && !valid {
			t.Fatalf("%q is accepted, and no JSON", text)
		}
		if err != nil && valid && !stricter(text) {
			t.Fatalf("%q is JSON, and refused: %v", text, err)
		}
		checkString(t, text)
	})
}

// stricter tells whether text has what encoding/json would mend or let pass.
func stricter(text []byte) bool {
	if !json.Valid(text) || strings.ToValidUTF8(string(text), "") != string(text) {
		return true
	}
	depth := 0
	for _, c := range text { // brackets in strings count too: that only makes this less sure
		if c == '[' || c == '{' {
			depth++
		}
	}
	return depth > MaxDepth || strings.Contains(strings.ToLower(string(text)), `\ud`)
}

// checkString compares what a string stands for.
func checkString(t *testing.T, text []byte) {
	t.Helper()
	r := Read(text)
	got := r.Text(math.MaxInt, "T")
	if r.End("T") != nil {
		return
	}
	var want string
	if err := json.Unmarshal(text, &want); err != nil || got != want {
		t.Fatalf("%q is %q, want %q, %v", text, got, want, err)
	}
	again := AppendText(nil, got)
	r = Read(again)
	if r.Text(math.MaxInt, "T") != got || r.End("T") != nil {
		t.Fatalf("%q became %q", got, again)
	}
	var quoted string
	if json.Unmarshal(again, &quoted) != nil || quoted != got {
		t.Fatalf("%q became %s, which is %s", got, again, strconv.Quote(quoted))
	}
}
