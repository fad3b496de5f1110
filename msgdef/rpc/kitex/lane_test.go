package kitex

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// farGate is a gate that writes down what it is told.
type farGate struct {
	hold    chan struct{} // nil, or what deliveries wait for
	entered chan struct{} // nil, or told of each delivery
	refusal error

	mu    sync.Mutex
	calls int
	got   []string
}

// Deliver implements rpc.Gate.
func (g *farGate) Deliver(_ context.Context, in *rpc.Deliveries) error {
	if g.entered != nil {
		g.entered <- struct{}{}
	}
	if g.hold != nil {
		<-g.hold
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls++
	for _, d := range in.To {
		g.got = append(g.got, fmt.Sprintf("%d:%d:%d:%s", in.Epoch, d.Conn, d.USeq, in.Messages[d.Message]))
	}
	return g.refusal
}

// Push implements rpc.Gate.
func (g *farGate) Push(_ context.Context, in *rpc.Frames) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range in.Items {
		g.got = append(g.got, fmt.Sprintf("%d:%d:%d:%s", in.Epoch, f.Conn, f.Type, f.Body))
	}
	return g.refusal
}

// Kick implements rpc.Gate.
func (g *farGate) Kick(_ context.Context, in *rpc.Kicks) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, k := range in.Items {
		g.got = append(g.got, fmt.Sprintf("%d/%d:%d:%d:%s", in.Epoch, in.Term, k.Conn, k.Code, k.Detail))
	}
	return g.refusal
}

// all returns what came.
func (g *farGate) all() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.got)
}

// dialGate calls a gate until the test is over.
func dialGate(t testing.TB, far rpc.Gate) *Gate {
	t.Helper()
	s := serve(t, ServerOptions{}, OfferGate(far))
	g, err := DialGate(ClientOptions{Self: "r1"}, Endpoint{ID: "g1", Addr: s.addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// TestLaneOrder delivers many batches while the first is held: they come in
// order and whole, in a few calls, though the caller has spoiled its memory.
func TestLaneOrder(t *testing.T) {
	far := &farGate{hold: make(chan struct{}), entered: make(chan struct{}, 1000)}
	g := dialGate(t, far)
	const batches = 200
	var want []string
	for i := range uint64(batches) {
		in := &rpc.Deliveries{
			Epoch: 5, Messages: [][]byte{fmt.Append(nil, "a", i), fmt.Append(nil, "b", i)},
			To: []rpc.Delivery{{Message: 1, Conn: 1, USeq: i}, {Message: 0, Conn: 2, USeq: i}},
		}
		want = append(want, fmt.Sprintf("5:1:%d:b%d", i, i), fmt.Sprintf("5:2:%d:a%d", i, i))
		if err := g.Deliver(within(t), in); err != nil {
			t.Fatal(err)
		}
		loopback.Poison(in)
		if i == 0 {
			<-far.entered
		}
	}
	close(far.hold)
	if err := g.Flush(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := far.all(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if far.calls != 2 {
		t.Errorf("%d calls, want the first and one with all the others", far.calls)
	}
	if s := g.Stats(); s.Batches != 2 || s.Offers != batches || s.Items != 2*batches || len(s.Drops) != 0 {
		t.Errorf("%+v", s)
	}
}

// TestLaneEpochs never puts what is for different processes, or from different
// masters, into one call.
func TestLaneEpochs(t *testing.T) {
	far := new(farGate)
	g := dialGate(t, far)
	var want []string
	for _, kick := range []struct{ epoch, term uint64 }{{1, 1}, {1, 2}, {2, 2}, {2, 2}, {1, 1}} {
		detail := []byte("why")
		in := &rpc.Kicks{Epoch: kick.epoch, Term: kick.term, Items: []rpc.Kick{{Conn: 3, Code: msgdef.CodeReplaced, Detail: string(detail)}}}
		if err := g.Kick(within(t), in); err != nil {
			t.Fatal(err)
		}
		loopback.Poison(in)
		want = append(want, fmt.Sprintf("%d/%d:3:204:why", kick.epoch, kick.term))
	}
	for _, epoch := range []uint64{7, 8} {
		in := &rpc.Frames{Epoch: epoch, Items: []rpc.Frame{{Conn: 4, Type: 9, Body: []byte("frame")}}}
		if err := g.Push(within(t), in); err != nil {
			t.Fatal(err)
		}
		loopback.Poison(in)
		want = append(want, fmt.Sprintf("%d:4:9:frame", epoch))
	}
	if err := g.Flush(within(t)); err != nil {
		t.Fatal(err)
	}
	got := far.all()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestLaneFull drops and counts what does not fit behind a gate that hangs, and
// delays nobody.
func TestLaneFull(t *testing.T) {
	far := &farGate{hold: make(chan struct{}), entered: make(chan struct{}, 1000)}
	g := dialGate(t, far)
	in := &rpc.Deliveries{Messages: [][]byte{[]byte("x")}, To: make([]rpc.Delivery, maxRecipients)}
	taken := 0
	for {
		err := g.Deliver(within(t), in)
		if rpc.CodeOf(err) == msgdef.CodeBusy {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if taken++; taken == 1 {
			<-far.entered
		}
	}
	if taken != 1+laneItems/maxRecipients {
		t.Errorf("%d batches were taken", taken)
	}
	close(far.hold)
	if err := g.Flush(within(t)); err != nil {
		t.Fatal(err)
	}
	if s := g.Stats(); s.Drops[DropFull] != maxRecipients || len(far.all()) != taken*maxRecipients {
		t.Errorf("drops %v, %d came", s.Drops, len(far.all()))
	}
}

// TestLaneDrops counts by reason what gets lost.
func TestLaneDrops(t *testing.T) {
	in := &rpc.Deliveries{Messages: [][]byte{[]byte("x")}, To: make([]rpc.Delivery, 3)}
	check := func(what string, g *Gate, reason Reason) {
		t.Helper()
		if err := g.Deliver(within(t), in); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if err := g.Flush(within(t)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if s := g.Stats(); len(s.Drops) != 1 || s.Drops[reason] != 3 {
			t.Errorf("%s: %v", what, s.Drops)
		}
	}
	check("refused", dialGate(t, &farGate{refusal: rpc.Errorf(msgdef.CodeForbidden, "no")}), DropRefused)
	hanging := &farGate{hold: make(chan struct{})}
	late := dialGate(t, hanging)
	late.deliveries.request.timeout = 50 * time.Millisecond
	check("timeout", late, DropTimeout)
	close(hanging.hold)

	s := serve(t, ServerOptions{}, OfferGate(new(farGate)))
	s.kill()
	dead, err := DialGate(ClientOptions{}, Endpoint{Addr: s.addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	check("lost", dead, DropLost)
}

// TestLaneClosed drops what waits, and ends what hangs.
func TestLaneClosed(t *testing.T) {
	far := &farGate{hold: make(chan struct{}), entered: make(chan struct{}, 1000)}
	g := dialGate(t, far)
	in := &rpc.Deliveries{Messages: [][]byte{[]byte("x")}, To: make([]rpc.Delivery, 3)}
	for i := range 2 {
		if err := g.Deliver(within(t), in); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			<-far.entered
		}
	}
	g.Close()
	if s := g.Stats(); s.Drops[DropClosed] != 6 {
		t.Errorf("%v", s.Drops)
	}
	if err := g.Deliver(within(t), in); rpc.CodeOf(err) != msgdef.CodeShuttingDown {
		t.Errorf("%v", err)
	}
	close(far.hold)
}

// TestLaneChecks refuses at once what an implementation would refuse.
func TestLaneChecks(t *testing.T) {
	far := new(farGate)
	g := dialGate(t, far)
	n := &Notifier{}
	for what, err := range map[string]error{
		"delivery of a message that is not there": g.Deliver(within(t), &rpc.Deliveries{To: make([]rpc.Delivery, 1)}),
		"too many deliveries":                     g.Deliver(within(t), &rpc.Deliveries{Messages: make([][]byte, 1), To: make([]rpc.Delivery, maxRecipients+1)}),
		"too many messages":                       g.Deliver(within(t), &rpc.Deliveries{Messages: make([][]byte, maxMessages+1)}),
		"too many frames":                         g.Push(within(t), &rpc.Frames{Items: make([]rpc.Frame, maxFrames+1)}),
		"a frame that is too long":                g.Push(within(t), &rpc.Frames{Items: []rpc.Frame{{Body: make([]byte, 16385)}}}),
		"too many kicks":                          g.Kick(within(t), &rpc.Kicks{Items: make([]rpc.Kick, maxKicks+1)}),
		"notice of a message that is not there":   n.Notify(within(t), &rpc.Notices{To: make([]rpc.Recipient, 1)}),
	} {
		if rpc.CodeOf(err) != msgdef.CodeBadArgument {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// number is the content of the nth message.
func number(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
