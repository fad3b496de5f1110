package fill

import (
	"fmt"
	"io"
	"time"
)

// pace says how far a long work is, every other second and at the end.
type pace struct {
	out   io.Writer
	what  string
	all   int64
	begun time.Time
	said  time.Time
}

func newPace(out io.Writer, what string, all int64) *pace {
	now := time.Now()
	return &pace{out: out, what: what, all: all, begun: now, said: now}
}

// reached notes that n of all are done.
func (p *pace) reached(n int64) {
	now := time.Now()
	if n < p.all && now.Sub(p.said) < 2*time.Second {
		return
	}
	p.said = now
	fmt.Fprintf(p.out, "%d of %d %s, %.0f/s\n", n, p.all, p.what, float64(n)/max(now.Sub(p.begun).Seconds(), 1e-9))
}
