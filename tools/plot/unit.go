package plot

import (
	"math"
	"strconv"
)

// Unit is what values are in; it is written behind them, with a prefix where
// they are large: of 1024 for Bytes, of 1000 for others. Milliseconds and
// microseconds become seconds instead.
type Unit string

// Units with a meaning here.
const (
	None         Unit = ""
	Bytes        Unit = "B"
	Seconds      Unit = "s"
	Milliseconds Unit = "ms"
	Microseconds Unit = "µs"
)

// prefix is a factor and how the unit is written with it.
type prefix struct {
	factor float64
	name   string
}

// prefix returns what the value is best written in.
func (u Unit) prefix(v float64) prefix {
	names, base := u.names()
	p := prefix{1, names[0]}
	for _, name := range names[1:] {
		if v < p.factor*base*(1-1e-9) {
			break
		}
		p = prefix{p.factor * base, name}
	}
	return p
}

// names lists how the unit is written, each time base times as large.
func (u Unit) names() (names []string, base float64) {
	switch u {
	case None:
		return []string{"", "k", "M", "G", "T"}, 1000
	case Bytes:
		return []string{"\u00a0B", "\u00a0KiB", "\u00a0MiB", "\u00a0GiB", "\u00a0TiB"}, 1024
	case Seconds:
		return []string{"\u00a0s"}, 1000
	case Milliseconds:
		return []string{"\u00a0ms", "\u00a0s"}, 1000
	case Microseconds:
		return []string{"\u00a0µs", "\u00a0ms", "\u00a0s"}, 1000
	}
	one := "\u00a0" + string(u)
	return []string{one, "k" + one, "M" + one, "G" + one, "T" + one}, 1000
}

// Format writes a value for people: three significant digits, a prefix, the
// unit.
//
//	1234567 "B"  ──▶ 1.18 MiB      0.0123 "ms" ──▶ 0.0123 ms      120000 "" ──▶ 120k
func (u Unit) Format(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	p := u.prefix(math.Abs(v))
	return digits(v/p.factor) + p.name
}

// digits writes a number.
func digits(v float64) string {
	v += 0 // never -0
	switch size := math.Abs(v); {
	case size >= 1e6 || size != 0 && size < 1e-4:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case size >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	short, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64) // was a number
	return strconv.FormatFloat(short, 'f', -1, 64)
}
