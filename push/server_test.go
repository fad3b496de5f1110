package push_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/push/provider"
	"github.com/sim-im/sim/push/queue"
	"github.com/sim-im/sim/push/queue/memory"
	"github.com/sim-im/sim/push/queue/nsq/nsqdtest"
)

func TestMain(m *testing.M) {
	nsqdtest.RunIfAsked()
	goleak.VerifyTestMain(m)
}

// received is a notification as a phone saw it.
type received struct {
	provider.Notification
	when time.Time
}

// Push implements provider.Provider.
func (p *phone) Push(ctx context.Context, n *provider.Notification) error {
	r := received{Notification: *n, when: time.Now()}
	p.mu.Lock()
	p.got = append(p.got, r)
	p.now++
	p.most = max(p.most, p.now)
	answer := p.answer
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.now--
		p.mu.Unlock()
	}()
	if answer == nil {
		return nil
	}
	return answer(ctx, &r)
}

func (p *phone) all() []received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]received(nil), p.got...)
}

func (p *phone) answers(f func(ctx context.Context, n *received) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

// world is a server with everything around it, in a bubble of false time.
type world struct {
	*outbox
	phone  *phone
	queue  queue.Queue
	server *push.Server
}

// bubble runs test with a server that is running. change may be nil.
func bubble(t *testing.T, change func(*push.Options), test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		q, err := memory.New(memory.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{outbox: newOutbox(t), phone: &phone{}, queue: q}
		w.server = start(t, w.outbox, w.queue, w.phone, change)
		test(t, w)
		if err := w.server.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

// start runs a server that ends with the test.
func start(t *testing.T, o *outbox, q queue.Queue, p *phone, change func(*push.Options)) *push.Server {
	t.Helper()
	options := push.Options{Outbox: o, Queue: q, Providers: map[msgdef.PushProvider]provider.Provider{msgdef.PushLog: p}}
	if change != nil {
		change(&options)
	}
	s, err := push.New(options)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return s
}

// after lets time pass until everybody waits for more of it.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestOnce pushes a message to a device that is not there, once, and not before
// the delay.
func TestOnce(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		begin := time.Now()
		id := w.add(7, "hello")
		after(2 * time.Second)
		if got := w.phone.all(); len(got) != 0 {
			t.Fatalf("pushed after %v", got[0].when.Sub(begin))
		}
		after(5 * time.Minute)
		got := w.phone.all()
		if len(got) != 1 {
			t.Fatalf("pushed %d times", len(got))
		}
		n := got[0]
		if n.when.Sub(begin) != 3*time.Second || n.UID != 7 || n.Device != 1 || string(n.Token) != "token-7" ||
			n.From != "alice" || n.Conversation != msgdef.Pair(1, 7) || n.USeq != id || n.Text != "hello" {
			t.Errorf("after %v: %+v", n.when.Sub(begin), n.Notification)
		}
		if w.left() != 0 {
			t.Error("the row is not confirmed")
		}
	})
}

// TestRead pushes nothing to a device that got the message in time.
func TestRead(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		id := w.add(7, "hello")
		after(2 * time.Second)
		w.read(7, id)
		after(time.Minute)
		if n := len(w.phone.all()); n != 0 || w.left() != 0 {
			t.Errorf("pushed %d times, %d rows left", n, w.left())
		}
		if s := w.server.Stats(); s.Ended[push.Obsolete] != 1 || s.Delivered != 0 || s.Rows != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestRepeats has the queue deliver each reference several times while the row
// is worked on.
func TestRepeats(t *testing.T) {
	bubble(t, func(o *push.Options) { o.Queue = repeating{o.Queue} }, func(t *testing.T, w *world) {
		w.phone.answers(func(ctx context.Context, _ *received) error {
			time.Sleep(5 * time.Second)
			return nil
		})
		for range 50 {
			w.add(7, "hello")
		}
		after(2 * time.Minute)
		if n := len(w.phone.all()); n != 50 || w.left() != 0 {
			t.Errorf("pushed %d times, %d rows left", n, w.left())
		}
		if s := w.server.Stats(); s.Ended[push.Repeated] == 0 {
			t.Errorf("no repeat was seen: %+v", s)
		}
	})
}

// repeating publishes everything three times.
type repeating struct{ queue.Queue }

func (r repeating) Publish(ctx context.Context, bodies [][]byte) error {
	return errors.Join(r.Queue.Publish(ctx, bodies), r.Queue.Publish(ctx, bodies), r.Queue.Publish(ctx, bodies))
}

// TestWaitingBlocksNobody adds rows whose time has come beside rows that wait.
func TestWaitingBlocksNobody(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		for range 2000 {
			w.add(7, "young")
		}
		w.addFor(8, "old", msgdef.PushLog, time.Now().Add(-time.Hour))
		after(time.Second)
		if got := w.phone.all(); len(got) != 1 || got[0].Text != "old" {
			t.Errorf("%d pushes at once", len(got))
		}
		w.addFor(9, "from the future", msgdef.PushLog, time.Now().Add(time.Hour))
		after(3 * time.Second)
		if n := len(w.phone.all()); n != 2002 {
			t.Errorf("%d pushes in the end", n)
		}
		if p := w.phone; p.most > 64 {
			t.Errorf("%d calls at once", p.most)
		}
	})
}

// TestBounded has more rows than may be in memory.
func TestBounded(t *testing.T) {
	bubble(t, func(o *push.Options) { o.Rows = 10 }, func(t *testing.T, w *world) {
		for range 100 {
			w.add(7, "hello")
		}
		most := 0
		for range 400 {
			after(time.Second)
			most = max(most, w.server.Stats().Rows)
		}
		if n := len(w.phone.all()); n != 100 || w.left() != 0 || most > 10 {
			t.Errorf("%d pushes, %d rows left, %d in memory", n, w.left(), most)
		}
	})
}

// TestExpired confirms what is too old.
func TestExpired(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.addFor(7, "yesterday", msgdef.PushLog, time.Now().Add(-25*time.Hour))
		w.addFor(7, "for nobody", msgdef.PushFCM, time.Now())
		after(10 * time.Second)
		s := w.server.Stats()
		if n := len(w.phone.all()); n != 0 || w.left() != 0 || s.Ended[push.Expired] != 1 || s.Ended[push.NoProvider] != 1 {
			t.Errorf("%d pushes, %d rows left, %+v", n, w.left(), s)
		}
	})
}

// TestBadMessages puts things into the queue that are no references.
func TestBadMessages(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		junk := [][]byte{{1}, make([]byte, 53), make([]byte, 54)}
		if err := w.queue.Publish(t.Context(), junk); err != nil {
			t.Fatal(err)
		}
		w.add(7, "hello")
		after(5 * time.Second)
		if s := w.server.Stats(); s.Ended[push.BadMessage] != 3 || s.Delivered != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestOptions names what is wrong.
func TestOptions(t *testing.T) {
	q, err := memory.New(memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]push.Options{
		"outbox":    {Queue: q},
		"queue":     {Outbox: newOutbox(t)},
		"hold":      {Outbox: newOutbox(t), Queue: q, Hold: 32 * time.Second},
		"long hold": {Outbox: newOutbox(t), Queue: q, Hold: 2 * time.Hour},
		"negative":  {Outbox: newOutbox(t), Queue: q, Calls: -1},
		"provider":  {Outbox: newOutbox(t), Queue: q, Providers: map[msgdef.PushProvider]provider.Provider{1: nil}},
	} {
		if _, err := push.New(o); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
}
