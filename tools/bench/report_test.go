package bench_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/sim-im/sim/tools/bench"
)

func TestReportHasUnitsInItsNames(t *testing.T) {
	var out bytes.Buffer
	r := bench.Report{
		Measures: []bench.Measure{{Name: "acknowledged"}},
		Timeline: []bench.Second{{Measures: []bench.SecondMeasure{{Name: "acknowledged"}}}},
	}
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"mode", "target", "seconds", "measures.per_s", "measures.p50_ms", "measures.p99_ms", "measures.p999_ms",
		"server.cpu_us_per_op", "client.cpu_us_per_op", "server.allocs_per_op", "server.writes_per_op", "memory.resident_peak_bytes",
		"integrity.lost", "integrity.duplicated", "integrity.disordered", "integrity.gaps", "integrity.refused",
		"timeline.at_s", "timeline.measures", "timeline.server_cpu_cores",
	} {
		if !has(fields, strings.Split(name, ".")) {
			t.Errorf("the report has no %s", name)
		}
	}
}

// has reports whether a path of names leads to a value; of a list, in its
// first element.
func has(v any, path []string) bool {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	if len(path) == 0 {
		return v != nil
	}
	fields, ok := v.(map[string]any)
	return ok && has(fields[path[0]], path[1:])
}

func TestBrokenPromisesFail(t *testing.T) {
	for _, i := range []bench.Integrity{{Lost: 1}, {Duplicated: 1}, {Disordered: 1}, {Gaps: 1}, {Refused: 1}, {Malformed: 1}, {Broken: 1}} {
		if err := (bench.Report{Integrity: i}).Err(); !errors.Is(err, bench.ErrIntegrity) {
			t.Errorf("Err of %+v = %v, want ErrIntegrity", i, err)
		}
	}
	if err := (bench.Report{Seconds: 1}).Err(); err != nil {
		t.Errorf("a clean report fails: %v", err)
	}
}
