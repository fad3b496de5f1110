package imservice

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Close while many send: whatever was taken has its outcome, and what was
// acknowledged is there after the next start.
func TestCloseUnderLoad(t *testing.T) {
	w := newWorld(t, 4)
	var wg sync.WaitGroup
	sinks, taken := make([]*sink, 8), make([]int, 8)
	started := make(chan struct{}, 1000)
	for n := range sinks {
		sinks[n] = newSink()
		wg.Go(func() {
			from, to := w.users[n%4], w.users[(n+1)%4]
			for counter := uint64(1); ; counter++ {
				it := text(from, to, counter, "x")
				it.Device = uint64(n + 1)
				err := w.server.Send(context.Background(), &rpc.Sends{Items: []rpc.Send{it}}, sinks[n])
				switch rpc.CodeOf(err) {
				case msgdef.CodeOK:
					taken[n]++
					select {
					case started <- struct{}{}:
					default:
					}
				case msgdef.CodeBusy:
				case msgdef.CodeShuttingDown:
					return
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	for range 500 {
		<-started
	}
	server := w.server
	w.must(server.Close(context.Background()))
	wg.Wait()
	acked := 0
	for n, s := range sinks {
		if len(s.results) != taken[n] {
			t.Errorf("sender %d: %d outcomes of %d", n, len(s.results), taken[n])
		}
		for i, r := range s.results {
			if r.Code != msgdef.CodeOK || r.Counter != uint64(i+1) {
				t.Fatalf("sender %d, outcome %d: %+v", n, i, r)
			}
			acked++
		}
	}
	w.restart()
	rows := 0
	for _, uid := range w.users {
		all := w.inbox(uid)
		checkGapless(t, all)
		rows += len(all)
	}
	if rows != 2*acked {
		t.Fatalf("%d rows of %d acknowledged messages", rows, acked)
	}
}

func TestCallsAfterClose(t *testing.T) {
	w := newWorld(t, 1)
	ctx, s := context.Background(), w.server
	w.close()
	w.must(s.Close(ctx)) // again
	_, pull := s.GetMsg(ctx, &rpc.Pulls{})
	_, conv := s.GetConv(ctx, &rpc.ConvPulls{})
	_, heads := s.Heads(ctx, &rpc.HeadsQuery{})
	_, read := s.Read(ctx, &rpc.Reads{})
	_, login := s.Login(ctx, byPassword("u1", "x", 1))
	_, lookup := s.Lookup(ctx, &rpc.LookupRequest{})
	for i, err := range []error{
		pull, conv, heads, read, login, lookup,
		s.SaveCursors(ctx, &rpc.Cursors{}),
		s.Send(ctx, &rpc.Sends{Items: make([]rpc.Send, 1)}, newSink()),
	} {
		if rpc.CodeOf(err) != msgdef.CodeShuttingDown {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

// A Close that may not wait says so, and what it left goes on.
func TestCloseGivenUp(t *testing.T) {
	w, d := newDiskWorld(t, 2)
	s := newSink()
	d.hold()
	w.must(w.server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{text(w.users[0], w.users[1], 1, "x")}}, s))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.server.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("close: %v", err)
	}
	d.let(nil)
	if r := s.wait(1)[0]; r.Code != msgdef.CodeOK {
		t.Fatalf("outcome %+v", r)
	}
}

func TestBeforeStart(t *testing.T) {
	w := newWorld(t, 1)
	server, err := New(w.options)
	w.must(err)
	err = server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{text(1, 1, 1, "x")}}, newSink())
	if rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Fatalf("send: %v", err)
	}
	if _, err := server.GetMsg(t.Context(), &rpc.Pulls{Items: []rpc.Pull{{UID: 1}}}); err != nil {
		t.Fatal(err)
	}
	w.must(server.Close(context.Background()))
	server.Start(nil) // too late: nothing starts
}

func TestOptionsThatCannotBe(t *testing.T) {
	w := newWorld(t, 0)
	if _, err := New(Options{}); err == nil {
		t.Error("no store is accepted")
	}
	if _, err := New(Options{Store: w.store, Limits: Limits{PageBytes: -1}}); err == nil {
		t.Error("a negative limit is accepted")
	}
}
