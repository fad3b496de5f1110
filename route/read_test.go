package route_test

import (
	"context"
	"slices"
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

// sparingService has the other one of a pair be spared from the second position on.
type sparingService struct{ reader }

// Read implements rpc.Messages.
func (s sparingService) Read(ctx context.Context, batch *rpc.Reads) (*rpc.ReadResults, error) {
	results, err := s.reader.Read(ctx, batch)
	if batch.Items[0].CSeq > 1 {
		results.Quiet = []uint32{0}
	}
	return results, err
}

// Nor of what the service keeps from them.
func TestPositionsThatAreKept(t *testing.T) {
	if told := tellReads(t, sparingService{}, 1, 2); len(told) != 1 || told[0].CSeq != 1 {
		t.Errorf("told %+v, want 1", told)
	}
}

// crowdService says who hears of the first position of a batch.
type crowdService struct {
	reader
	tell []rpc.Hearer
}

// Read implements rpc.Messages.
func (s crowdService) Read(ctx context.Context, batch *rpc.Reads) (*rpc.ReadResults, error) {
	results, err := s.reader.Read(ctx, batch)
	for i := range results.Items {
		results.Items[i].Code = msgdef.CodeOK
	}
	results.Tell = s.tell
	return results, err
}

// The service says who hears of positions in groups: they and the reader's other
// devices do, on each of their devices, and nobody else.
func TestReadsInGroups(t *testing.T) {
	gate, club, other := new(pushedTo), msgdef.GroupConv(7), msgdef.GroupConv(8)
	s := newRoute(t, route.Options{Service: crowdService{tell: []rpc.Hearer{{Item: 0, UID: 2}, {Item: 0, UID: 3}, {Item: 0, UID: 1}, {Item: 2, UID: 4}}}})
	s.AttachGate("east", 1, gate)
	var sessions []rpc.Session
	for uid := range uint64(5) {
		for device := range uint64(2) {
			sessions = append(sessions, rpc.Session{UID: uid + 1, Device: device + 1, Conn: (uid+1)*10 + device + 1})
		}
	}
	if err := s.Register(t.Context(), &rpc.SessionBatch{Gate: "east", Epoch: 1, Items: sessions}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Read(t.Context(), &rpc.Reads{Items: []rpc.Read{
		{UID: 1, Device: 1, Conv: club, CSeq: 5}, {UID: 1, Device: 1, Conv: msgdef.Conversation{}, CSeq: 5}, {UID: 5, Device: 2, Conv: other, CSeq: 6},
	}})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(gate.conns)
	if want := []uint64{12, 21, 22, 31, 32, 41, 42, 51}; !slices.Equal(gate.conns, want) {
		t.Errorf("told %v, want %v", gate.conns, want)
	}
}

// pushedTo is a gate that keeps who got frames.
type pushedTo struct {
	rpc.Gate
	conns []uint64
}

// Push implements rpc.Gate.
func (p *pushedTo) Push(_ context.Context, batch *rpc.Frames) error {
	for _, f := range batch.Items {
		p.conns = append(p.conns, f.Conn)
	}
	return nil
}
