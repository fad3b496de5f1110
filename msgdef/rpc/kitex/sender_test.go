package kitex

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// store is a message service as far as Send goes. It answers from other
// goroutines, items of different connections in any order, and checks that each
// user's counters come in order.
type store struct {
	rpc.Service
	t       testing.TB
	calls   atomic.Int64
	items   atomic.Int64
	hold    chan struct{} // nil, or what calls wait for
	entered chan int      // nil, or told the items of each call
	repeats bool          // calls are expected that nobody waits for any more

	mu   sync.Mutex
	last map[uint64]uint64 // counter by user
	wg   sync.WaitGroup
}

// newStore returns a store; what it has begun ends with the test.
func newStore(t testing.TB) *store {
	s := &store{t: t, last: make(map[uint64]uint64)}
	t.Cleanup(s.wg.Wait)
	return s
}

// Send implements rpc.Messages.
func (s *store) Send(_ context.Context, in *rpc.Sends, to rpc.SendSink) error {
	s.calls.Add(1)
	s.items.Add(int64(len(in.Items)))
	if s.entered != nil {
		s.entered <- len(in.Items)
	}
	if s.hold != nil {
		<-s.hold
	}
	s.mu.Lock()
	results := make([]rpc.SendResult, len(in.Items))
	for i, item := range in.Items {
		if item.Counter <= s.last[item.UID] && !s.repeats {
			s.t.Errorf("user %d sent %d after %d", item.UID, item.Counter, s.last[item.UID])
		}
		if len(item.Extra) > 0 && binary.LittleEndian.Uint64(item.Extra) != item.UID {
			s.t.Errorf("user %d sent %d with %x beside it", item.UID, item.Counter, item.Extra)
		}
		s.last[item.UID] = item.Counter
		results[i] = rpc.SendResult{
			Conn: item.Conn, Counter: item.Counter, USeq: item.UID, CSeq: binary.LittleEndian.Uint64(item.Body),
		}
	}
	s.mu.Unlock()
	s.wg.Go(func() {
		rand.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
		for len(results) > 0 {
			n := 1 + rand.IntN(len(results))
			to.Sent(&rpc.SendResults{Items: results[:n]})
			results = results[n:]
		}
	})
	return nil
}

// expecting is the sink of one caller. It wants the outcomes of its batch, in
// order, in one piece, before the call returns.
type expecting struct {
	t        testing.TB
	want     []rpc.Send
	came     int
	returned atomic.Bool
}

// Sent implements rpc.SendSink.
func (e *expecting) Sent(r *rpc.SendResults) {
	if e.returned.Load() {
		e.t.Error("the sink was called after Send had returned")
	}
	e.came++
	if len(r.Items) != len(e.want) {
		e.t.Fatalf("%d outcomes for %d messages", len(r.Items), len(e.want))
	}
	for i, got := range r.Items {
		w := e.want[i]
		if got.Conn != w.Conn || got.Counter != w.Counter || got.USeq != w.UID || got.CSeq != w.UID^w.Counter {
			e.t.Errorf("outcome %+v for %+v", got, w)
		}
	}
}

// offer sends n messages of a user over connection conn, whose number others use
// as well, and spoils the batch afterwards.
func offer(ctx context.Context, t testing.TB, m rpc.Messages, conn, uid, first uint64, n int) error {
	batch := &rpc.Sends{Items: make([]rpc.Send, n)}
	for i := range batch.Items {
		counter := first + uint64(i)
		batch.Items[i] = rpc.Send{
			Conn: conn, UID: uid, Device: 1, Counter: counter, Kind: msgdef.ContentText,
			Body: binary.LittleEndian.AppendUint64(nil, uid^counter), Extra: binary.LittleEndian.AppendUint64(nil, uid),
		}
	}
	want := append([]rpc.Send(nil), batch.Items...)
	sink := &expecting{t: t, want: want}
	err := m.Send(ctx, batch, sink)
	sink.returned.Store(true)
	loopback.Poison(batch)
	if calls := sink.came; err == nil && calls != 1 || err != nil && calls != 0 {
		t.Errorf("%d calls of the sink, and %v", calls, err)
	}
	return err
}

// TestSendMany has many connections send several batches each. All outcomes
// find their way back, order holds, and calls are fewer than batches.
func TestSendMany(t *testing.T) {
	s := newStore(t)
	c := dialService(t, ClientOptions{Self: "r1"}, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	const conns, batches, size = 64, 30, 7
	var wg sync.WaitGroup
	for uid := range uint64(conns) {
		wg.Go(func() {
			for i := range uint64(batches) {
				if err := offer(within(t), t, c, uid%5, uid, 1+i*size, size); err != nil {
					t.Errorf("user %d: %v", uid, err)
				}
			}
		})
	}
	wg.Wait()
	stats := c.Stats()
	if stats.Items != conns*batches*size || stats.Offers != conns*batches || stats.Batches != uint64(s.calls.Load()) {
		t.Errorf("%+v, %d calls", stats, s.calls.Load())
	}
	if stats.Batches*2 > stats.Offers {
		t.Errorf("%d batches went in %d calls", stats.Offers, stats.Batches)
	}
}

// TestSendMerges holds the calls in flight and finds what gathered
// meanwhile in one call, split only where it must be.
func TestSendMerges(t *testing.T) {
	s := newStore(t)
	s.hold, s.entered = make(chan struct{}), make(chan int, 100)
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	var wg sync.WaitGroup
	send := func(uid uint64, n int) {
		wg.Go(func() {
			if err := offer(within(t), t, c, 1, uid, 1, n); err != nil {
				t.Error(err)
			}
		})
	}
	for uid := range uint64(sendFlights) {
		send(uid, 1)
		<-s.entered
	}
	gathered := 0
	for uid := range uint64(10) {
		send(100+uid, 1000)
		gathered += 1000
		for c.sender.gather.load().items != gathered {
			time.Sleep(time.Millisecond)
		}
	}
	close(s.hold)
	wg.Wait()
	close(s.entered)
	var got []int
	for n := range s.entered {
		got = append(got, n)
	}
	if fmt.Sprint(got) != "[4000 4000 2000]" && fmt.Sprint(got) != "[2000 4000 4000]" && fmt.Sprint(got) != "[4000 2000 4000]" {
		t.Errorf("calls of %v messages", got)
	}
}

// load returns what waits.
func (g *gather[U, B, P]) load() amount {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.weight
}

// TestSendBusy refuses what does not fit, and forgets nobody who was taken.
func TestSendBusy(t *testing.T) {
	s := newStore(t)
	s.hold, s.entered = make(chan struct{}), make(chan int, 100)
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	var wg sync.WaitGroup
	const rounds = sendFlights + waitingSends/maxSends
	for uid := range uint64(rounds) {
		wg.Go(func() {
			if err := offer(within(t), t, c, 1, uid, 1, maxSends); err != nil {
				t.Error(err)
			}
		})
		if uid < sendFlights {
			<-s.entered
		}
	}
	for c.sender.gather.load().items != waitingSends {
		time.Sleep(time.Millisecond)
	}
	err := offer(within(t), t, c, 1, 1000, 1, 1)
	if e, ok := err.(*rpc.Error); !ok || e.Code != msgdef.CodeBusy || e.Retry == 0 {
		t.Errorf("%v", err)
	}
	close(s.hold)
	wg.Wait()
}

// TestSendGivesUp has callers end while their batch waits and while it is in
// flight; others are not affected.
func TestSendGivesUp(t *testing.T) {
	s := newStore(t)
	s.hold, s.entered = make(chan struct{}), make(chan int, 100)
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	var leaving, wg sync.WaitGroup
	for uid := range uint64(2 * sendFlights) {
		leaving.Go(func() {
			if err := offer(ctx, t, c, 1, uid, 1, 3); rpc.CodeOf(err) != msgdef.CodeTimeout {
				t.Errorf("%v", err)
			}
		})
		if uid < sendFlights {
			<-s.entered
		}
	}
	wg.Go(func() {
		if err := offer(within(t), t, c, 1, 99, 1, 3); err != nil {
			t.Errorf("who waits on: %v", err)
		}
	})
	for c.sender.gather.load().offers == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	leaving.Wait() // before there is an outcome they could get instead
	close(s.hold)
	wg.Wait()
}

// TestSendKilled kills servers while many send, until one is left. A call that
// broke off is repeated there, so nothing fails; dedupe is the service's.
func TestSendKilled(t *testing.T) {
	s := newStore(t)
	s.repeats = true
	var servers []*Server
	for range 3 {
		servers = append(servers, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	}
	c := dialService(t, ClientOptions{Self: "r1"}, servers...)
	var wg sync.WaitGroup
	const conns, batches = 32, 100
	var done atomic.Int64
	for uid := range uint64(conns) {
		wg.Go(func() {
			for i := range uint64(batches) {
				if err := offer(within(t), t, c, 1, uid, 1+i, 1); err != nil {
					t.Errorf("user %d: %v", uid, err)
				}
				done.Add(1)
			}
		})
	}
	for i, e := range c.balance.order()[:2] {
		for done.Load() < int64(conns*batches*(i+1)/4) {
			time.Sleep(time.Millisecond)
		}
		for _, server := range servers {
			if server.addr() == e.Addr {
				server.kill()
			}
		}
	}
	wg.Wait()
}

// TestSendAllKilled fails every caller once when no server is left.
func TestSendAllKilled(t *testing.T) {
	s := newStore(t)
	s.hold, s.entered = make(chan struct{}), make(chan int, 100)
	server := serve(t, ServerOptions{}, OfferService(s, nil, nil))
	c := dialService(t, ClientOptions{}, server)
	var wg sync.WaitGroup
	for uid := range uint64(20) {
		wg.Go(func() {
			if err := offer(within(t), t, c, 1, uid, 1, 5); rpc.CodeOf(err) != msgdef.CodeUnavailable {
				t.Errorf("user %d: %v", uid, err)
			}
		})
		if uid < sendFlights {
			<-s.entered
		}
	}
	server.kill()
	wg.Wait()
	close(s.hold)
}

// TestSendClosed fails callers when the connection is closed under them.
func TestSendClosed(t *testing.T) {
	s := newStore(t)
	s.hold, s.entered = make(chan struct{}), make(chan int, 100)
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	var wg sync.WaitGroup
	for uid := range uint64(20) {
		wg.Go(func() {
			if err := offer(within(t), t, c, 1, uid, 1, 5); rpc.CodeOf(err) != msgdef.CodeShuttingDown {
				t.Errorf("user %d: %v", uid, err)
			}
		})
		if uid < sendFlights {
			<-s.entered
		}
	}
	c.Close()
	wg.Wait()
	close(s.hold)
}
