package msgdef

import (
	"bytes"
	"testing"
	"time"
)

// BenchmarkMessage compares the generated codec of Message with a hand-written
// one of the same layout, on 200 bytes of text. The metric "x-hand" is how many
// times as long the generated one takes; wire.md allows 1.1, 1.2 for aliases.
func BenchmarkMessage(b *testing.B) {
	m := Message{Conv: Pair(1, 2), CSeq: 3, From: 1, Device: 4, Counter: 5, At: 6, Kind: ContentText, Body: bytes.Repeat([]byte("word "), 40)}
	encoded, buffer := m.Append(nil), make([]byte, 0, 512)
	var out Message
	b.Run("append", func(b *testing.B) {
		compare(b, func() { buffer = m.Append(buffer[:0]) }, func() { buffer = handAppend(&m, buffer[:0]) })
	})
	b.Run("decode", func(b *testing.B) {
		compare(b, func() { check(b, out.Decode(encoded)) }, func() { check(b, handDecode(&out, encoded)) })
	})
	b.Run("alias", func(b *testing.B) {
		compare(b, func() { check(b, out.DecodeAlias(encoded)) }, func() { check(b, handAlias(&out, encoded)) })
	})
}

func check(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

// compare measures the two in turns, so that a busy machine slows both.
func compare(b *testing.B, generated, hand func()) {
	const round = 1000
	var times [2]time.Duration
	b.ReportAllocs()
	for b.Loop() {
		for i, f := range []func(){generated, hand} {
			start := time.Now()
			for range round {
				f()
			}
			times[i] += time.Since(start)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(times[0].Nanoseconds())/float64(b.N*round), "ns/generated")
	b.ReportMetric(float64(times[1].Nanoseconds())/float64(b.N*round), "ns/hand")
	b.ReportMetric(float64(times[0])/float64(times[1]), "x-hand")
}
