package route_test

import (
	"context"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// arrivals is a service that says what has arrived, or is older than that.
type arrivals struct {
	rpc.Service
	list  []rpc.Arrival
	older bool
	saved int
}

// Arrived implements rpc.Messages.
func (s *arrivals) Arrived(_ context.Context, batch *rpc.Cursors) (*rpc.Arrivals, error) {
	if s.older {
		return nil, rpc.Errorf(msgdef.CodeUnavailable, "no such method")
	}
	s.saved += len(batch.Items)
	return &rpc.Arrivals{Items: s.list}, nil
}

// SaveCursors implements rpc.Messages.
func (s *arrivals) SaveCursors(_ context.Context, batch *rpc.Cursors) error {
	s.saved += len(batch.Items)
	return nil
}

// TestArrived tells the other one of a pair, on all devices, and nobody else, whatever
// the service says.
func TestArrived(t *testing.T) {
	service := &arrivals{list: []rpc.Arrival{
		{Conv: msgdef.Pair(1, 2), UID: 1, CSeq: 7}, {Conv: msgdef.Pair(1, 3), UID: 1, CSeq: 8},
		{Conv: msgdef.Pair(2, 3), UID: 1, CSeq: 9}, {Conv: msgdef.GroupConv(7), UID: 1, CSeq: 9}, {Conv: msgdef.Pair(1, 1), UID: 1, CSeq: 9},
	}}
	gate := new(pushed)
	s := newRoute(t, route.Options{Service: service})
	s.AttachGate("east", 1, gate)
	sessions := []rpc.Session{{UID: 1, Device: 1, Conn: 5}, {UID: 2, Device: 1, Conn: 6}, {UID: 2, Device: 2, Conn: 7}}
	if err := s.Register(t.Context(), &rpc.SessionBatch{Gate: "east", Epoch: 1, Items: sessions}); err != nil {
		t.Fatal(err)
	}
	batch := &rpc.Cursors{Items: []rpc.Cursor{{UID: 1, Device: 1, USeq: 9}}}
	if err := s.SaveCursors(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	var told []msgdef.DeliveredTo
	for _, body := range gate.bodies {
		var d msgdef.DeliveredTo
		if err := d.Decode(body); err != nil {
			t.Fatal(err)
		}
		told = append(told, d)
	}
	want := msgdef.DeliveredTo{Conv: msgdef.Pair(1, 2), UID: 1, CSeq: 7}
	if !slices.Equal(told, []msgdef.DeliveredTo{want, want}) {
		t.Errorf("told %+v", told)
	}
	service.older = true
	if err := s.SaveCursors(t.Context(), batch); err != nil || service.saved != 2 {
		t.Errorf("of an older service: %v, %d saved", err, service.saved)
	}
}
