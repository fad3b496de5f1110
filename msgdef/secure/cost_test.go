package secure

import (
	"fmt"
	"testing"
)

func TestRecordsAllocateNothing(t *testing.T) {
	w := newWorld(t)
	for _, suite := range suites() {
		for _, size := range []int{256, MaxPlaintext} {
			e := w.bound(suite)
			frames := text(string(make([]byte, size-4)))
			b := make([]byte, 0, MaxRecord)
			allocs := testing.AllocsPerRun(200, func() {
				b, _ = e.client.Out.Append(b[:0], frames, now)
				if n, _ := e.server.In.Open(b); n != len(b) {
					t.Fatal("not opened")
				}
				for ok := true; ok; {
					_, ok, _ = e.server.In.Next()
				}
			})
			if allocs != 0 {
				t.Errorf("%v, %d bytes: %v allocations", suite, size, allocs)
			}
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	w := newWorld(b)
	for _, suite := range []Suite{HybridAESGCM, HybridChaCha} {
		for _, size := range []int{256, MaxPlaintext} {
			b.Run(fmt.Sprintf("%v/%d", suite, size), func(b *testing.B) {
				out := &w.bound(suite).client.Out
				frames, record := text(string(make([]byte, size-4))), make([]byte, 0, MaxRecord+RecordOverhead+4)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := out.Append(record, frames, now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	w := newWorld(b)
	for _, suite := range []Suite{HybridAESGCM, HybridChaCha} {
		for _, size := range []int{256, MaxPlaintext} {
			b.Run(fmt.Sprintf("%v/%d", suite, size), func(b *testing.B) {
				e := w.bound(suite)
				record := seal(b, &e.client.Out, text(string(make([]byte, size-4))))
				scratch, in := make([]byte, len(record)), &e.server.In
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					copy(scratch, record)
					in.records, in.bytes = 0, 0 // the same record again
					if in.work != nil {
						in.work.unread = nil
					}
					if _, err := in.Open(scratch); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkServerHandshake(b *testing.B) {
	w := newWorld(b)
	for _, suite := range suites() {
		b.Run(suite.String(), func(b *testing.B) {
			hello, s := w.client(suite, 3).Hello(), w.serverWith(ServerConfig{})
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := s.Hello(hello); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkClientHandshake(b *testing.B) {
	w := newWorld(b)
	for _, suite := range suites() {
		b.Run(suite.String(), func(b *testing.B) {
			_, reply, _ := w.transcript(suite)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.client(suite, 3).Reply(reply); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
