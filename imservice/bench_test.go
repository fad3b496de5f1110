package imservice

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// BenchmarkSend measures the pipeline from Send to the outcomes, 64 senders
// with one batch each in flight. One operation is one message of 200 bytes.
func BenchmarkSend(b *testing.B) {
	for _, disk := range []string{"memory", "disk"} {
		for _, size := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("%s/batch=%d", disk, size), func(b *testing.B) {
				fs, dir := vfs.FS(vfs.NewMem()), "data"
				if disk == "disk" {
					fs, dir = vfs.Default, b.TempDir()
				}
				benchmarkSend(b, openPebble(b, fs, dir), size, nil)
			})
		}
	}
}

// BenchmarkSendPostgres is BenchmarkSend on PostgreSQL, with fsync.
func BenchmarkSendPostgres(b *testing.B) {
	for _, size := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			url := newDatabase(b, postgrestest.Start(b).Database(b))
			s, err := postgres.Open(postgres.Options{URL: url})
			if err != nil {
				b.Fatal(err)
			}
			benchmarkSend(b, s, size, nil)
		})
	}
}

func openPebble(b *testing.B, fs vfs.FS, dir string) store.Store {
	s, err := pebble.Open(pebble.Options{Dir: dir, FS: fs})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkSendPushed is BenchmarkSend where somebody else has a push token, so
// that recipients are looked up, and where every recipient has one.
func BenchmarkSendPushed(b *testing.B) {
	for name, uids := range map[string][]uint64{"one": {benchSenders}, "everybody": nil} {
		for n := uint64(1); n <= benchSenders && name == "everybody"; n++ {
			uids = append(uids, n)
		}
		b.Run(name, func(b *testing.B) { benchmarkSend(b, openPebble(b, vfs.NewMem(), "data"), 16, uids) })
	}
}

const benchSenders = 64

func benchmarkSend(b *testing.B, s store.Store, size int, pushed []uint64) {
	defer s.Close()
	server, err := New(Options{Store: s, Password: cheap, Limits: Limits{Pushes: 1 << 30, PushesPerDevice: 1 << 30}})
	if err != nil {
		b.Fatal(err)
	}
	server.Start(nil)
	defer server.Close(context.Background())
	for i := range benchSenders {
		if _, err := s.CreateAccount(fmt.Sprint(i), "", server.options.Now()); err != nil {
			b.Fatal(err)
		}
	}
	for _, uid := range pushed {
		if err := server.RegisterPush(b.Context(), &rpc.PushToken{UID: uid, Device: 1, Provider: 1, Token: fmt.Append(nil, uid)}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for n := range benchSenders {
		uid := uint64(n + 1)
		wg.Go(func() {
			benchSender(b, server, uid, msgdef.Pair(uid, (uid-1)^1+1), new(uint64), size, b.N/benchSenders)
		})
	}
	wg.Wait()
	b.StopTimer()
	st := server.Stats()
	b.ReportMetric(float64(st.Messages)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(st.Messages)/float64(max(st.Commits, 1)), "msg/commit")
}

// benchSink counts outcomes of one sender.
type benchSink struct {
	b       *testing.B
	missing int
	done    chan struct{}
}

func (s *benchSink) Sent(r *rpc.SendResults) {
	for i := range r.Items {
		if r.Items[i].Code != msgdef.CodeOK {
			s.b.Errorf("outcome %+v", r.Items[i])
		}
	}
	if s.missing -= len(r.Items); s.missing == 0 {
		s.done <- struct{}{}
	}
}

func benchSender(b *testing.B, server *Server, uid uint64, conv msgdef.Conversation, counter *uint64, size, total int) {
	sink := &benchSink{b: b, done: make(chan struct{}, 1)}
	batch := &rpc.Sends{Items: make([]rpc.Send, size)}
	body := make([]byte, 200)
	for i := range batch.Items {
		batch.Items[i] = rpc.Send{Conn: uid, UID: uid, Device: 1, Conv: conv, Kind: 1, Body: body}
	}
	for ; total > 0; total -= size {
		for i := range batch.Items {
			*counter++
			batch.Items[i].Counter = *counter
		}
		sink.missing = size
		if err := server.Send(context.Background(), batch, sink); err != nil {
			b.Error(err)
			return
		}
		<-sink.done
	}
}
