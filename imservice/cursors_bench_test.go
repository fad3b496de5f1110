package imservice

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef/rpc"
)

// BenchmarkSaveCursors saves those of many devices that moved, as a gate does
// every second. One operation is one cursor.
func BenchmarkSaveCursors(b *testing.B) {
	const users = 4096
	w := newWorld(b, users)
	for _, uid := range w.users {
		w.send(text(uid, uid, 1, "x"))
	}
	batch := &rpc.Cursors{Items: make([]rpc.Cursor, users)}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += users {
		for i := range batch.Items {
			batch.Items[i] = rpc.Cursor{UID: w.users[i], Device: 1, USeq: uint64(n + 1)}
		}
		w.must(w.server.SaveCursors(context.Background(), batch))
	}
}
