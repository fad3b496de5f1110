package roster

import (
	"context"
	"runtime"
	"testing"

	"github.com/sim-im/sim/msgdef/rpc"
)

// eager is an image that takes everything and keeps nothing.
type eager struct{}

// Update implements rpc.Roster.
func (eager) Update(_ context.Context, u *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	return &rpc.RosterReply{Want: u.Seq + 1}, nil
}

// BenchmarkRegister logs in one after another, to two images, and says what a
// session costs that stays.
func BenchmarkRegister(b *testing.B) {
	r := New(Options{Gate: "g", Epoch: 1})
	r.Follow("a", eager{}, true)
	r.Follow("b", eager{}, true)
	defer r.Close(context.Background())
	for r.Health() != nil {
		runtime.Gosched()
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	conn := uint64(0)
	for b.Loop() {
		conn++
		err := r.Register(context.Background(), &rpc.SessionBatch{
			Gate: "g", Epoch: 1, Items: []rpc.Session{{UID: conn, Device: 1, Conn: conn}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(conn), "bytes/session")
	runtime.KeepAlive(r)
}
