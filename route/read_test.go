package route_test

import (
	"context"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// shortService takes read positions in conversations of two messages.
type shortService struct {
	reader
}

// Read implements rpc.Messages.
func (s shortService) Read(ctx context.Context, batch *rpc.Reads) (*rpc.ReadResults, error) {
	results, err := s.reader.Read(ctx, batch)
	for i := range results.Items {
		results.Items[i].CSeq = min(results.Items[i].CSeq, 2)
	}
	return results, err
}

// brokenService takes nothing.
type brokenService struct {
	rpc.Service
}

// Read implements rpc.Messages.
func (brokenService) Read(context.Context, *rpc.Reads) (*rpc.ReadResults, error) {
	return nil, rpc.Errorf(msgdef.CodeUnavailable, "broken")
}

// pushed is a gate that keeps the frames it gets.
type pushed struct {
	rpc.Gate
	bodies [][]byte
}

// Push implements rpc.Gate.
func (p *pushed) Push(_ context.Context, batch *rpc.Frames) error {
	for _, f := range batch.Items {
		p.bodies = append(p.bodies, append([]byte(nil), f.Body...))
	}
	return nil
}

// tellReads lets user 1 read pair 1, 2 up to each position and returns what
// user 2 is told.
func tellReads(t *testing.T, service rpc.Service, positions ...uint64) []msgdef.ReadBy {
	t.Helper()
	gate := new(pushed)
	s := newRoute(t, route.Options{Service: service})
	s.AttachGate("east", 1, gate)
	err := s.Register(t.Context(), &rpc.SessionBatch{Gate: "east", Epoch: 1, Items: []rpc.Session{{UID: 2, Device: 1, Conn: 7}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, cseq := range positions {
		_, err := s.Read(t.Context(), &rpc.Reads{Items: []rpc.Read{{UID: 1, Device: 1, Conv: msgdef.Pair(1, 2), CSeq: cseq}}})
		if rpc.CodeOf(err) != msgdef.CodeOK && rpc.CodeOf(err) != msgdef.CodeUnavailable {
			t.Fatal(err)
		}
	}
	told := make([]msgdef.ReadBy, len(gate.bodies))
	for i, body := range gate.bodies {
		if err := told[i].Decode(body); err != nil {
			t.Fatal(err)
		}
	}
	return told
}

// Nobody is told that what does not exist was read.
func TestPositionsBeyondTheEnd(t *testing.T) {
	told := tellReads(t, shortService{}, 1, 99, 0)
	if len(told) != 2 || told[0].CSeq != 1 || told[1].CSeq != 2 {
		t.Errorf("told %+v, want 1 and 2", told)
	}
}

// Nor what was not stored.
func TestPositionsThatWereNotTaken(t *testing.T) {
	if told := tellReads(t, brokenService{}, 1, 2); len(told) != 0 {
		t.Errorf("told %+v", told)
	}
}
