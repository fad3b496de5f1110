package gate_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/secure"
)

// sinkhole is a route that takes messages and does nothing.
type sinkhole struct {
	*farEnd
	taken atomic.Int64
	goal  int64
	done  chan struct{}
}

func (s *sinkhole) Send(_ context.Context, batch *rpc.Sends, _ rpc.SendSink) error {
	if s.taken.Add(int64(len(batch.Items))) == s.goal {
		close(s.done)
	}
	return nil
}

// BenchmarkSend takes 200-byte messages from a client's records to Route.Send.
// The client's own sealing is part of it.
func BenchmarkSend(b *testing.B) {
	for _, perRecord := range []int{1, 16} {
		b.Run(fmt.Sprint(perRecord, "PerRecord"), func(b *testing.B) {
			route := &sinkhole{goal: int64(b.N), done: make(chan struct{})}
			w := newWorld(b, func(o *gate.Options) {
				route.farEnd = o.Route.(*farEnd)
				o.Route = route
			})
			c := w.login("robot", 1)
			frames := make([]byte, 0, 16<<10)
			record := make([]byte, 0, 17<<10)
			m := c.note(1, string(make([]byte, 200)))
			b.ReportAllocs()
			b.ResetTimer()
			for sent := 0; sent < b.N; {
				frames = frames[:0]
				for range min(perRecord, b.N-sent) {
					frames = frame.Append(frames, m)
					sent++
				}
				var err error
				record, err = c.secure.Out.Append(record[:0], frames, time.Time{})
				must(b, err)
				if _, err := c.conn.Write(record); err != nil {
					b.Fatal(err)
				}
			}
			<-route.done
		})
	}
}

// BenchmarkDeliver brings 200-byte messages, in batches of 64, to 64 clients,
// who read and do not open them.
func BenchmarkDeliver(b *testing.B) {
	const clients, batchSize = 64, 64
	w := newWorld(b, func(o *gate.Options) { o.Limits.WaitingFrames = 1 << 16 }) // one may lag by all that is ahead
	var read atomic.Int64
	batch := &rpc.Deliveries{Epoch: w.gate.Epoch()}
	for i := range clients {
		c := w.login(fmt.Sprint("user", i), 1)
		go countFrames(c.conn, &read)
		batch.To = append(batch.To, rpc.Delivery{Message: uint32(i), Conn: w.far.connOf(c.welcome.UID)})
		m := msgdef.Message{Body: make([]byte, 200)}
		batch.Messages = append(batch.Messages, m.Append(nil))
	}
	frameSize := int64(frame.HeaderSize + (&msgdef.Notify{Message: batch.Messages[0]}).Size())
	const ahead = 256 << 10 // what may be on its way, in bytes
	var queued int64
	b.ReportAllocs()
	b.ResetTimer()
	for sent := 0; sent < b.N; sent += batchSize {
		for i := range batch.To {
			batch.To[i].USeq++
		}
		must(b, w.gate.Deliver(context.Background(), batch))
		for queued += batchSize * frameSize; queued > read.Load()+ahead; {
			runtime.Gosched()
		}
	}
	for queued > read.Load() {
		runtime.Gosched()
	}
	b.StopTimer()
	if d := w.gate.Stats().Drops; len(d) > 0 {
		b.Errorf("dropped %v", d)
	}
}

// countFrames reads records until the end, and adds up the bytes of the frames in
// them.
func countFrames(conn io.Reader, frames *atomic.Int64) {
	in := bufio.NewReaderSize(conn, 64<<10)
	for {
		length, err := in.Peek(2)
		if err != nil {
			return
		}
		record := 2 + int(binary.LittleEndian.Uint16(length))
		if _, err := in.Discard(record); err != nil {
			return
		}
		frames.Add(int64(record - secure.RecordOverhead))
	}
}

// BenchmarkTopic brings 200-byte messages of a big group, in batches, to clients
// who watch it, and who read and do not open them. An operation is a message to
// one of them.
func BenchmarkTopic(b *testing.B) {
	for _, bench := range []struct{ watchers, batch int }{{1000, 1}, {1000, 16}, {1000, 64}} {
		b.Run(fmt.Sprintf("%dWatchers%dMessages", bench.watchers, bench.batch), func(b *testing.B) {
			benchmarkTopic(b, bench.watchers, bench.batch)
		})
	}
}

func benchmarkTopic(b *testing.B, watchers, messages int) {
	w := newWorld(b, func(o *gate.Options) { o.Limits.WaitingFrames = 1 << 16 })
	var uids []uint64
	for i := range watchers {
		uids = append(uids, w.far.uid(fmt.Sprint("user", i)))
	}
	conv := w.far.big(5, 0, uids...)
	var read atomic.Int64
	for i := range watchers {
		c := w.login(fmt.Sprint("user", i), 1)
		if got := c.watch(conv); got[0].Code != msgdef.CodeOK {
			b.Fatal(got[0].Code)
		}
		go countFrames(c.conn, &read)
	}
	m := msgdef.Message{Conv: conv, Body: make([]byte, 200)}
	batch := &rpc.Deliveries{Epoch: w.gate.Epoch()}
	for i := range messages {
		batch.Messages = append(batch.Messages, m.Append(nil))
		batch.Topics = append(batch.Topics, rpc.Topic{Message: uint32(i), Conv: conv})
	}
	frameSize := int64(frame.HeaderSize + (&msgdef.NotifyConv{Message: batch.Messages[0]}).Size())
	ahead := int64(2*messages*watchers) * frameSize // what may be on its way, in bytes
	var queued int64
	cseq := uint64(0)
	b.ReportAllocs()
	b.ResetTimer()
	for sent := 0; sent < b.N; sent += messages * watchers {
		for i := range batch.Topics {
			cseq++
			batch.Topics[i].CSeq = cseq
		}
		must(b, w.gate.Deliver(context.Background(), batch))
		for queued += int64(messages*watchers) * frameSize; queued > read.Load()+ahead; {
			runtime.Gosched()
		}
	}
	for queued > read.Load() {
		runtime.Gosched()
	}
	b.StopTimer()
	if d := w.gate.Stats().Drops; len(d) > 0 {
		b.Errorf("dropped %v", d)
	}
}
