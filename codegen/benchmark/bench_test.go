package benchmark

import (
	"testing"
	"time"
)

// BenchmarkCodec measures one codec at a time, for benchstat.
func BenchmarkCodec(b *testing.B) {
	for _, c := range cases() {
		for _, codec := range []struct {
			name string
			work func()
		}{{"generated", c.generated}, {"hand", c.hand}} {
			b.Run(c.name+"/codec="+codec.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(c.bytes))
				for b.Loop() {
					codec.work()
				}
			})
		}
	}
}

// BenchmarkRatio measures the two in turns, so that a busy machine slows both:
// the metric x-hand is how many times as long as the hand-written codec the
// generated one takes. wire.md allows 1.1, and 1.2 for aliases.
func BenchmarkRatio(b *testing.B) {
	for _, c := range cases() {
		b.Run(c.name, func(b *testing.B) { compare(b, c.generated, c.hand) })
	}
}

func compare(b *testing.B, generated, hand func()) {
	round := 1
	for turn(hand, round) < 50*time.Microsecond {
		round *= 2
	}
	least := [2]time.Duration{time.Hour, time.Hour}
	for b.Loop() {
		for i, work := range []func(){generated, hand} {
			least[i] = min(least[i], turn(work, round)) // what others of this machine did is not ours
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(least[0])/float64(round), "ns/generated")
	b.ReportMetric(float64(least[1])/float64(round), "ns/hand")
	b.ReportMetric(float64(least[0])/float64(least[1]), "x-hand")
}

// turn measures work, done round times.
func turn(work func(), round int) time.Duration {
	start := time.Now()
	for range round {
		work()
	}
	return time.Since(start)
}
