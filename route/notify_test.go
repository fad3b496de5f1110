package route_test

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// TestGateErrorLosesOnlyItsOwn fails one of two gates: the other is served,
// Notify succeeds, and the losses are counted by reason.
func TestGateErrorLosesOnlyItsOwn(t *testing.T) {
	ctx := context.Background()
	s := newRoute(t, route.Options{})
	broken := &countingGate{err: rpc.Errorf(msgdef.CodeBusy, "full")}
	whole := new(countingGate)
	s.AttachGate("broken", 1, broken)
	s.AttachGate("g", 1, whole)
	at := sessions(rpc.Session{UID: 1, Device: 1, Conn: 1})
	at.Gate = "broken"
	for _, batch := range []*rpc.SessionBatch{at, sessions(rpc.Session{UID: 1, Device: 2, Conn: 1})} {
		if err := s.Register(ctx, batch); err != nil {
			t.Fatal(err)
		}
	}
	notices := &rpc.Notices{
		Messages: [][]byte{[]byte("a"), []byte("b")},
		To:       []rpc.Recipient{{Message: 0, UID: 1, USeq: 1}, {Message: 1, UID: 1, USeq: 2}},
	}
	for range 2 {
		if err := s.Notify(ctx, notices); err != nil {
			t.Fatal(err)
		}
		broken.err = errors.New("the network is down")
	}
	if n := whole.deliveries.Load(); n != 4 {
		t.Errorf("the other gate got %d of 4", n)
	}
	stats := s.Stats()
	want := []route.Loss{
		{Call: "deliver", Code: msgdef.CodeBusy, Calls: 1, Items: 2},
		{Call: "deliver", Code: msgdef.CodeUnavailable, Calls: 1, Items: 2},
	}
	if !reflect.DeepEqual(stats.Losses, want) || stats.Delivered != 4 {
		t.Errorf("delivered %d, losses %+v, want %+v", stats.Delivered, stats.Losses, want)
	}
}

// TestLossesAreLoggedNowAndThen fails often within a minute of a clock of its
// own.
func TestLossesAreLoggedNowAndThen(t *testing.T) {
	ctx := context.Background()
	var log strings.Builder
	now := time.Unix(0, 0)
	s := newRoute(t, route.Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Now:    func() time.Time { return now },
	})
	s.AttachGate("g", 1, &countingGate{err: rpc.Errorf(msgdef.CodeBusy, "full")})
	if err := s.Register(ctx, sessions(rpc.Session{UID: 1, Device: 1, Conn: 1})); err != nil {
		t.Fatal(err)
	}
	notices := &rpc.Notices{Messages: [][]byte{{1}}, To: []rpc.Recipient{{UID: 1}}}
	for range 60 {
		if err := s.Notify(ctx, notices); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 6 {
		t.Errorf("%d lines in a minute, want 6:\n%s", n, log.String())
	}
	if !strings.Contains(log.String(), "unlogged=9") {
		t.Errorf("the lines do not say how much they stand for:\n%s", log.String())
	}
}

// TestNotifyDoesNotAllocate measures the steady state of a busy gate.
func TestNotifyDoesNotAllocate(t *testing.T) {
	s, notices := busy(t)
	notify := func() {
		if err := s.Notify(context.Background(), notices); err != nil {
			t.Fatal(err)
		}
	}
	notify() // grows the scratch memory
	if n := testing.AllocsPerRun(100, notify); n > 0 {
		t.Errorf("%v allocations for %d messages", n, len(notices.Messages))
	}
}

// BenchmarkNotify hands out 64 messages of pairs, both ends online.
func BenchmarkNotify(b *testing.B) {
	s, notices := busy(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Notify(context.Background(), notices); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(notices.Messages)), "ns/message")
}

// busy returns a route with 10,000 sessions and a batch of 64 messages.
func busy(t testing.TB) (*route.Server, *rpc.Notices) {
	t.Helper()
	s := newRoute(t, route.Options{})
	s.AttachGate("g", 1, new(countingGate))
	all := sessions()
	for uid := uint64(1); uid <= 10000; uid++ {
		all.Items = append(all.Items, rpc.Session{UID: uid, Device: 1, Conn: uid})
	}
	if err := s.Register(context.Background(), all); err != nil {
		t.Fatal(err)
	}
	notices := new(rpc.Notices)
	for i := range uint32(64) {
		sender := uint64(i)*151 + 1
		notices.Messages = append(notices.Messages, make([]byte, 256))
		notices.To = append(notices.To,
			rpc.Recipient{Message: i, UID: sender, USeq: 1, Except: 1},
			rpc.Recipient{Message: i, UID: sender + 1, USeq: 1})
	}
	return s, notices
}
