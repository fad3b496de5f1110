//go:build unix

package secure

import (
	"runtime"
	"syscall"
	"testing"
	"time"
)

// BenchmarkHandshake is a gate's share of a login: Hello answered, the Login
// record opened, LoginOK sealed, both directions bound. Runs of it take turns
// with as many runs of the primitives it cannot do without, so that all see
// the same machine; figures are CPU time of the process, which counts the
// garbage collector and not the neighbours.
//
//	exchange-µs    X25519 and ML-KEM alone
//	primitives-µs  those, hashes and ciphers
//	server-µs      the real thing
//	of-exchange    server ÷ exchange
//	of-primitives  server ÷ primitives
//	allocs         of one login in the real thing
func BenchmarkHandshake(b *testing.B) {
	w := newWorld(b)
	for _, suite := range suites() {
		b.Run(suite.String(), func(b *testing.B) { w.in(b).relogin(suite).bench(b) })
	}
}

// turnsOf is how many runs of one thing come before the next one's turn: long
// against what the clock of the process can tell, short against what happens
// on a machine with other work.
const turnsOf = 32

func (l *relogin) bench(b *testing.B) {
	p, scratch := l.primitives(), make([]byte, 8192)
	var exchange, rest, server time.Duration
	var allocs uint64
	runs := 0
	for b.Loop() {
		exchange += spent(b, p.exchange)
		rest += spent(b, func() error { return p.rest(scratch) })
		before := mallocs()
		server += spent(b, func() error { l.run(); return nil })
		allocs += mallocs() - before
		runs += turnsOf
	}
	micros := func(d time.Duration) float64 { return float64(d) / float64(runs) / 1e3 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(micros(exchange), "exchange-µs")
	b.ReportMetric(micros(exchange+rest), "primitives-µs")
	b.ReportMetric(micros(server), "server-µs")
	b.ReportMetric(float64(server)/float64(exchange), "of-exchange")
	b.ReportMetric(float64(server)/float64(exchange+rest), "of-primitives")
	b.ReportMetric(float64(allocs)/float64(runs), "allocs")
}

// spent returns the CPU time of some runs, garbage included.
func spent(b *testing.B, run func() error) time.Duration {
	before := cpu(b)
	for range turnsOf {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
	return cpu(b) - before
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
