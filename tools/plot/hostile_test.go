package plot_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sim-im/sim/tools/plot"
)

// TestHostileValues draws what no measurement should bring.
func TestHostileValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for name, values := range map[string][]float64{
		"none":            nil,
		"one":             {7},
		"zeros":           {0, 0, 0},
		"not numbers":     {nan, inf, -inf},
		"one number":      {nan, 3, inf},
		"greatest":        {math.MaxFloat64, -math.MaxFloat64, 1e300, -1e300},
		"least":           {math.SmallestNonzeroFloat64, 1e-300, 2e-300},
		"close together":  {1e15, 1e15 + 1, 1e15 + 2},
		"nearly the same": {1, 1 + 1e-15},
		"far apart":       {1e-300, 1e300},
		"negative":        {-5, -3, -4},
		"both sides":      {-5e-12, 5e-12},
	} {
		for _, axis := range []plot.Axis{{}, {Zero: true}, {Log: true}, {Unit: plot.Bytes}, {Unit: "ms", Zero: true}} {
			t.Run(fmt.Sprintf("%s %+v", name, axis), func(t *testing.T) {
				var points []plot.Point
				for i, v := range values {
					points = append(points, plot.Point{X: float64(i), Y: v}, plot.Point{X: v, Y: float64(i)})
				}
				draw(t, plot.Chart{Title: name, X: axis, Y: axis, Lines: []plot.Series{{Name: name, Points: points}}})
				draw(t, plot.Bars{Title: name, Unit: axis.Unit, Who: []string{"a"}, Groups: []plot.Group{{name, values}, {"", nil}}})
			})
		}
	}
}

// TestHostileTexts finds no markup of a name in the drawing.
func TestHostileTexts(t *testing.T) {
	bad := "</text><script>alert('x')</script>\"\x00\xff" + strings.Repeat("long ", 1000)
	unit := plot.Unit(`<b>"`)
	for _, d := range []drawing{
		plot.Chart{Title: bad, About: bad, X: plot.Axis{Name: bad, Unit: unit}, Y: plot.Axis{Name: bad, Unit: unit}, Lines: []plot.Series{{bad, wave(3, 1)}}},
		plot.Bars{Title: bad, About: bad, Unit: unit, Who: []string{bad}, Groups: []plot.Group{{bad, []float64{1}}}},
	} {
		if text := draw(t, d); strings.Contains(text, "<script>") || strings.Contains(text, "<b>") {
			t.Errorf("markup came through:\n%s", text)
		}
	}
}

// TestBounds draws a million points and hundreds of lines in a small file,
// without losing the one peak.
func TestBounds(t *testing.T) {
	many := wave(1_000_000, 1)
	many[543_210].Y = 1000
	c := plot.Chart{Title: "Many", Lines: []plot.Series{{"points", many}}}
	text := draw(t, c)
	if len(text) > 20_000 {
		t.Errorf("a million points make %d bytes", len(text))
	}
	if _, points, _ := strings.Cut(text, "points=\""); !strings.Contains(points, ",56.0") {
		t.Errorf("the peak is not at the top")
	}
	c.Lines = make([]plot.Series, 300)
	if text := draw(t, c); !strings.Contains(text, "292 more lines") {
		t.Errorf("lines are left out in silence:\n%s", text)
	}
}

func draw(t *testing.T, d drawing) string {
	t.Helper()
	var out bytes.Buffer
	if err := d.WriteSVG(&out); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, out.Bytes())
	return out.String()
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		unit plot.Unit
		v    float64
		want string
	}{
		{plot.None, 0, "0"}, {plot.None, math.Copysign(0, -1), "0"}, {plot.None, 120_000, "120k"}, {plot.None, 1.5e6, "1.5M"},
		{plot.Bytes, 1234567, "1.18\u00a0MiB"}, {plot.Bytes, 512, "512\u00a0B"}, {"ms", 0.0123, "0.0123\u00a0ms"},
		{"ms", 1e-9, "1e-09\u00a0ms"}, {plot.None, 1e21, "1e+09T"}, {plot.None, math.NaN(), "–"}, {plot.None, -1500, "-1.5k"},
		{plot.Milliseconds, 1071, "1.07\u00a0s"}, {plot.Microseconds, 21160, "21.2\u00a0ms"}, {plot.Seconds, 3600, "3600\u00a0s"},
		{"pages", 12_000, "12k\u00a0pages"}, {plot.None, 99.96, "100"}, {plot.None, 999.9, "1000"},
	} {
		if got := c.unit.Format(c.v); got != c.want {
			t.Errorf("Format(%g %q) = %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}

// FuzzChart draws any numbers.
func FuzzChart(f *testing.F) {
	f.Add(make([]byte, 32), false, false)
	f.Add(bytes.Repeat([]byte{0x7f, 0xef, 0xff, 1, 0x80, 3, 4, 5}, 6), true, true)
	f.Fuzz(func(t *testing.T, raw []byte, log, zero bool) {
		var points []plot.Point
		for ; len(raw) >= 16; raw = raw[16:] {
			points = append(points, plot.Point{
				X: math.Float64frombits(binary.BigEndian.Uint64(raw)), Y: math.Float64frombits(binary.BigEndian.Uint64(raw[8:])),
			})
		}
		axis := plot.Axis{Log: log, Zero: zero}
		draw(t, plot.Chart{X: axis, Y: axis, Lines: []plot.Series{{"fuzz", points}}})
	})
}
