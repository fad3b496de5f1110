package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sim-im/sim/tools/plot"
)

var update = flag.Bool("update", false, "write the golden files anew")

// drawing is what this package draws.
type drawing interface{ WriteSVG(io.Writer) error }

// wave is a line of n points.
func wave(n int, scale float64) []plot.Point {
	var all []plot.Point
	for i := range n {
		all = append(all, plot.Point{X: float64(i), Y: scale * (1.5 + math.Sin(float64(i)/3))})
	}
	return all
}

func drawings() map[string]drawing {
	seconds := plot.Axis{Name: "seconds", Unit: "s"}
	gap := wave(12, 3<<20)
	gap[5].Y = math.NaN()
	return map[string]drawing{
		"lines": plot.Chart{
			Title: "Throughput", X: seconds, Y: plot.Axis{Name: "messages per second", Zero: true},
			Lines: []plot.Series{{"acknowledged", wave(20, 40_000)}, {"delivered <all>", wave(20, 39_000)}},
		},
		"logarithmic": plot.Chart{
			Title: "Latency", About: "Three percentiles.", X: seconds, Y: plot.Axis{Name: "latency", Unit: "ms", Log: true},
			Lines: []plot.Series{{"p50", wave(20, 0.4)}, {"p99", wave(20, 7)}, {"p99.9", wave(20, 80)}},
		},
		"gap":   plot.Chart{Title: "Memory", X: seconds, Y: plot.Axis{Unit: plot.Bytes, Zero: true}, Lines: []plot.Series{{"server", gap}}},
		"empty": plot.Chart{Title: "Nothing"},
		"bars": plot.Bars{
			Title: "Processor time", About: "By target.", Unit: "µs", Who: []string{"relay", "committing relay", "server"},
			Groups: []plot.Group{{"1 in flight", []float64{20.1, 23, 33}}, {"16 in flight", []float64{4.5, 6, math.NaN()}}},
		},
	}
}

func TestGolden(t *testing.T) {
	for name, d := range drawings() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := d.WriteSVG(&out); err != nil {
				t.Fatal(err)
			}
			wellFormed(t, out.Bytes())
			file := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("%s (-want +got, -update accepts it):\n%s", file, diff)
			}
		})
	}
}

// wellFormed reads a drawing as a browser does, and finds no number in it that
// is none.
func wellFormed(t *testing.T, text []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%s", err, text)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			if a.Name.Local != "aria-label" && (bytes.Contains([]byte(a.Value), []byte("NaN")) || bytes.Contains([]byte(a.Value), []byte("Inf"))) {
				t.Fatalf("%s of <%s> is %q", a.Name.Local, start.Name.Local, a.Value)
			}
		}
	}
}
