package contracttest

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// gateLog is the far end of a route: a gate that writes down what it is told.
type gateLog struct {
	mu     sync.Mutex
	events []event
	grown  chan struct{} // holds one signal
}

// event is something that a connection was sent.
type event struct {
	epoch uint64
	conn  uint64
	kind  msgdef.Type      // TypeNotify, TypeKicked, or that of a pushed frame
	useq  uint64           // of a notify
	body  string           // of a notify's message, or of a frame
	json  string           // of a frame
	code  msgdef.ErrorCode // of a kick
}

// newGateLog returns an empty log.
func newGateLog() *gateLog {
	return &gateLog{grown: make(chan struct{}, 1)}
}

// Deliver implements rpc.Gate.
func (g *gateLog) Deliver(_ context.Context, batch *rpc.Deliveries) error {
	for _, d := range batch.To {
		g.add(event{
			epoch: batch.Epoch, conn: d.Conn, kind: msgdef.TypeNotify,
			useq: d.USeq, body: string(batch.Messages[d.Message]),
		})
	}
	return nil
}

// Push implements rpc.Gate.
func (g *gateLog) Push(_ context.Context, batch *rpc.Frames) error {
	for _, f := range batch.Items {
		g.add(event{epoch: batch.Epoch, conn: f.Conn, kind: msgdef.Type(f.Type), body: string(f.Body), json: string(f.JSON)})
	}
	return nil
}

// Kick implements rpc.Gate.
func (g *gateLog) Kick(_ context.Context, batch *rpc.Kicks) error {
	for _, k := range batch.Items {
		g.add(event{epoch: batch.Epoch, conn: k.Conn, kind: msgdef.TypeKicked, code: k.Code})
	}
	return nil
}

// add appends an event.
func (g *gateLog) add(e event) {
	g.mu.Lock()
	g.events = append(g.events, e)
	g.mu.Unlock()
	select {
	case g.grown <- struct{}{}:
	default:
	}
}

// all returns what has come so far.
func (g *gateLog) all() []event {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.events)
}

// count returns how many events have come so far.
func (g *gateLog) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.events)
}

// await returns the events when there are n or more.
func (g *gateLog) await(t testing.TB, n int) []event {
	t.Helper()
	limit := time.NewTimer(patience) // from the last that came
	for {
		if g.count() >= n { // asked at each of many: all would be copied as often
			return g.all()
		}
		select {
		case <-g.grown:
			limit.Reset(patience)
		case <-limit.C:
			got := g.all()
			t.Fatalf("%d events after %v, want %d, of which the first are %+v", len(got), patience, n, got[:min(len(got), 20)])
		}
	}
}

// readBy is the event of a receipt at a connection.
func readBy(epoch, conn uint64, receipt msgdef.ReadBy) event {
	return event{epoch: epoch, conn: conn, kind: msgdef.TypeReadBy, body: string(receipt.Append(nil))}
}

// filler is the content of a message that is told from others by its number.
func filler(n int) []byte {
	return bytes.Repeat([]byte{byte(n), byte(n >> 8)}, 8)
}
