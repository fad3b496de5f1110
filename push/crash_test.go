package push_test

import (
	"context"
	"testing"
	"time"

	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/push/queue/nsq"
	"github.com/sim-im/sim/push/queue/nsq/nsqdtest"
)

// quick makes a hold short enough to wait for.
func quick(o *push.Options) {
	o.Delay, o.Timeout, o.Hold = 500*time.Millisecond, 500*time.Millisecond, 4*time.Second
}

func dial(t *testing.T, addr string) *nsq.Queue {
	t.Helper()
	q, err := nsq.Dial(addr, nsq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// TestQueueKilled kills a real nsqd again and again while rows come in. All are
// pushed in the end, once each.
func TestQueueKilled(t *testing.T) {
	nsqd := nsqdtest.Start(t, t.TempDir())
	o, p := newOutbox(t), &phone{}
	s := start(t, o, dial(t, nsqd.Addr()), p, quick)
	const rounds, each = 3, 50
	for range rounds {
		for range each {
			o.add(7, "hello")
		}
		time.Sleep(100 * time.Millisecond) // some are in the queue, some here, some not yet asked for
		nsqd.Kill()
		for range each {
			o.add(7, "hello")
		}
		time.Sleep(100 * time.Millisecond)
		nsqd.Restart()
	}
	empty(t, o)
	once(t, p, 2*rounds*each)
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWorkerLost ends a server without farewell while its rows wait and are at
// the provider; they come back after the hold, to another one.
func TestWorkerLost(t *testing.T) {
	nsqd := nsqdtest.Start(t, t.TempDir())
	o, p := newOutbox(t), &phone{}
	lost := &phone{}
	lost.answers(func(ctx context.Context, _ *received) error {
		<-ctx.Done()
		return ctx.Err()
	})
	first := start(t, o, dial(t, nsqd.Addr()), lost, quick)
	for range 100 {
		o.add(7, "hello")
	}
	for until := time.Now().Add(time.Minute); len(lost.all()) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("nothing reached the provider")
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_ = first.Close(ended)
	if o.left() != 100 {
		t.Fatalf("%d rows left of 100 that nobody pushed", o.left())
	}
	second := start(t, o, dial(t, nsqd.Addr()), p, quick)
	empty(t, o)
	once(t, p, 100)
	if err := second.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestBothKilled kills a server and a real nsqd that is so young that it has not
// noted where its files end: it writes over them, and gives out what it still
// has of the old content joined to the new. All rows are pushed all the same.
func TestBothKilled(t *testing.T) {
	nsqd := nsqdtest.Start(t, t.TempDir())
	o, p := newOutbox(t), &phone{}
	const each = 170 // of 83 bytes in a file of nsqd, which reads 4096 at once
	first := start(t, o, dial(t, nsqd.Addr()), p, func(op *push.Options) {
		quick(op)
		op.Delay, op.Hold = time.Minute, 2*time.Minute // nothing is pushed before it ends
	})
	for range each {
		o.add(7, "hello")
	}
	for until := time.Now().Add(time.Minute); first.Stats().Taken < each; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d references were taken", first.Stats().Taken)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	nsqd.Kill()
	_ = first.Close(ended)
	nsqd.Restart()
	o.release(2 * time.Second)
	second := start(t, o, dial(t, nsqd.Addr()), p, quick)
	for range each {
		o.add(7, "hello")
	}
	empty(t, o)
	once(t, p, 2*each)
	if err := second.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// empty waits until every row is confirmed.
func empty(t *testing.T, o *outbox) {
	t.Helper()
	for until := time.Now().Add(time.Minute); o.left() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d rows are not confirmed", o.left())
		}
	}
}

// once checks that n different pushes came, and none twice.
func once(t *testing.T, p *phone, n int) {
	t.Helper()
	times := map[string]int{}
	for _, r := range p.all() {
		times[r.ID]++
		if times[r.ID] == 2 {
			t.Errorf("useq %d was pushed twice", r.USeq)
		}
	}
	if len(times) != n {
		t.Errorf("%d different pushes, want %d", len(times), n)
	}
}
