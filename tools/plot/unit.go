package plot

import (
	"math"
	"strconv"
)

// Unit is what values are in; it is written behind them. Bytes has prefixes of
// 1024, everything else of 1000.
type Unit string

// Units with a meaning here.
const (
	None  Unit = ""
	Bytes Unit = "B"
)

// prefix is a factor and its name.
type prefix struct {
	factor float64
	name   string
}

// prefix returns what the value is best written in.
func (u Unit) prefix(v float64) prefix {
	names, base := []string{"", "k", "M", "G", "T"}, 1000.0
	if u == Bytes {
		names, base = []string{"", "Ki", "Mi", "Gi", "Ti"}, 1024
	}
	p := prefix{1, ""}
	for _, name := range names[1:] {
		if v < p.factor*base*(1-1e-9) {
			break
		}
		p = prefix{p.factor * base, name}
	}
	return p
}

// Format writes a value for people: three significant digits, a prefix, the
// unit.
//
//	1234567 "B"  ──▶ 1.18 MiB      0.0123 "ms" ──▶ 0.0123 ms      120000 "" ──▶ 120k
func (u Unit) Format(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	number, name := u.split(v)
	if u == None {
		return number + name
	}
	return number + "\u00a0" + name + string(u)
}

// split returns the digits and the prefix of a value.
func (u Unit) split(v float64) (number, name string) {
	p := u.prefix(math.Abs(v))
	x := v/p.factor + 0 // never -0
	switch size := math.Abs(x); {
	case size >= 1e6 || size != 0 && size < 1e-4:
		return strconv.FormatFloat(x, 'g', 3, 64), p.name
	case size >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64), p.name
	}
	digits, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64) // was a number
	return strconv.FormatFloat(digits, 'f', -1, 64), p.name
}
