package ops

import (
	"fmt"
	"net/http"
)

// Part is something a program needs to serve.
type Part struct {
	Name  string
	Ready func() error // nil, or what is missing; called from any goroutine
}

// missing returns a line for each part that is not ready.
func missing(parts []Part) []string {
	var lines []string
	for _, p := range parts {
		if err := p.Ready(); err != nil {
			lines = append(lines, fmt.Sprintf("%s: %v", p.Name, err))
		}
	}
	return lines
}

// live answers whether the process runs at all.
func live(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "live")
}

// ready answers 200, or 503 with a line for each part that is missing.
func ready(parts []Part) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		lines := missing(parts)
		if len(lines) == 0 {
			fmt.Fprintln(w, "ready")
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		for _, line := range lines {
			fmt.Fprintln(w, line)
		}
	}
}
