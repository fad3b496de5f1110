package gate_test

import (
	"context"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// BenchmarkForward takes 200-byte frames of an application, 16 in a record,
// from a client's records to Route.Forward, which does not answer. Frames that
// find their lane full are counted: the client of this benchmark does not wait.
func BenchmarkForward(b *testing.B) {
	w := newWorld(b)
	w.far.claim(func(_ context.Context, _ *rpc.AppFrames) (*rpc.AppReplies, error) {
		w.far.apps.Lock()
		defer w.far.apps.Unlock()
		w.far.came = w.far.came[:0]
		return &rpc.AppReplies{}, nil
	})
	c := w.login("robot", 1)
	go func() { // refusals
		buf := make([]byte, 64<<10)
		for {
			if _, err := c.conn.Read(buf); err != nil {
				return
			}
		}
	}()
	frames := make([]byte, 0, 16<<10)
	record := make([]byte, 0, 17<<10)
	body := make([]byte, 200)
	b.ReportAllocs()
	b.ResetTimer()
	for sent := 0; sent < b.N; {
		frames = frames[:0]
		for range min(16, b.N-sent) {
			frames = frame.AppendRaw(frames, msgdef.Type(msgdef.FirstApplicationType), body)
			sent++
		}
		var err error
		record, err = c.secure.Out.Append(record[:0], frames, time.Time{})
		must(b, err)
		if _, err := c.conn.Write(record); err != nil {
			b.Fatal(err)
		}
	}
	for s := w.gate.Stats(); int(s.AppFrames+s.AppBusy) < b.N; s = w.gate.Stats() {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(w.gate.Stats().AppBusy)/float64(b.N), "refused/op")
}
