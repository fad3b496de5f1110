package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// summarize lists the steps, then the output of those that failed.
func summarize(w io.Writer, results []result) {
	fmt.Fprintln(w)
	total := 0.0
	for _, r := range results {
		fmt.Fprintf(w, "%-8s %-9s %7.1f s  %s\n", r.Status, r.Step, r.Seconds, r.Detail)
		total += r.Seconds
	}
	for _, r := range results {
		if r.Status == statusFailed {
			fmt.Fprintf(w, "\n-- %s failed: %s\n%s\n", r.Step, r.Detail, strings.TrimSpace(r.Output))
		}
	}
	if n := failed(results); n > 0 {
		fmt.Fprintf(w, "\n%d of %d steps failed after %.0f s\n", n, len(results), total)
		return
	}
	fmt.Fprintf(w, "\n%d steps passed after %.0f s\n", len(results), total)
}

// writeJSON prints {"ok": …, "steps": […]}.
func writeJSON(w io.Writer, results []result) {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(struct { // stdout that cannot be written has no better place to say so
		OK    bool     `json:"ok"`
		Steps []result `json:"steps"`
	}{failed(results) == 0, results})
}
