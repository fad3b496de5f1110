package style

import (
	"fmt"
	"slices"
)

// The budgets, in lines. Tests may be longer: a table is read, not followed.
const (
	fileMedian = 120
	fileMost   = 350
	testMost   = 600
	funcMedian = 10
	funcP90    = 35
	funcMost   = 90

	interfaceMost = 8 // methods
)

// banned returns folder names that say nothing about what is inside.
func banned() []string {
	return []string{
		"util", "utils", "common", "helper", "helpers", "base", "manager", "business", "misc", "shared",
	}
}

// Sizes holds lengths in lines and answers percentiles.
type Sizes []int

// Percentile returns the p-th percentile, 0 < p ≤ 100; 0 when there is nothing.
func (s Sizes) Percentile(p int) int {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

// Report is what was measured, and what is over a budget.
type Report struct {
	Files     Sizes // without tests and generated files
	Functions Sizes // without tests and generated files
	Comments  int   // percent of lines
	Faults    []Fault
}

// Fault is one thing over its budget.
type Fault struct {
	File string // relative to the module
	Line int    // 0 when the whole file or folder is meant
	What string
}

// String returns the fault as file:line and what is wrong.
func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.What
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What)
}

// String returns the sizes on one line.
func (r Report) String() string {
	return fmt.Sprintf("files median %d p90 %d lines, functions median %d p90 %d lines, comments %d %%",
		r.Files.Percentile(50), r.Files.Percentile(90),
		r.Functions.Percentile(50), r.Functions.Percentile(90), r.Comments)
}

// spread adds faults for the budgets of the whole tree.
func (r *Report) spread() {
	whole := []struct {
		what      string
		got, most int
	}{
		{"median of files", r.Files.Percentile(50), fileMedian},
		{"90th percentile of files", r.Files.Percentile(90), fileMost},
		{"median of functions", r.Functions.Percentile(50), funcMedian},
		{"90th percentile of functions", r.Functions.Percentile(90), funcP90},
	}
	for _, b := range whole {
		if b.got > b.most {
			r.Faults = append(r.Faults, Fault{File: ".", What: fmt.Sprintf("%s is %d lines, at most %d", b.what, b.got, b.most)})
		}
	}
}
