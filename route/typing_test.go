package route_test

import (
	"context"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// club is the group that typists know.
var club = msgdef.GroupConv(7)

// typists says who hears of those who write to club.
type typists struct {
	rpc.Service
	asked []rpc.Typing
}

// Typing implements rpc.Messages.
func (s *typists) Typing(_ context.Context, batch *rpc.Typings) (*rpc.TypingReply, error) {
	s.asked = append(s.asked, batch.Items...)
	reply := new(rpc.TypingReply)
	for i, it := range batch.Items {
		if it.Conv == msgdef.Pair(2, 5) {
			reply.Quiet = append(reply.Quiet, uint32(i))
		}
		if it.Conv == club {
			reply.Tell = append(reply.Tell, rpc.Hearer{Item: uint32(i), UID: it.UID}, rpc.Hearer{Item: uint32(i), UID: 3}, rpc.Hearer{Item: uint32(i), UID: 4})
		}
	}
	return reply, nil
}

// TestTyping has the other one of a pair hear whom the service does not spare, those
// of a group whom it names, and nobody of what is not one's own.
func TestTyping(t *testing.T) {
	gate, service := new(pushedTo), new(typists)
	s := newRoute(t, route.Options{Service: service})
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
	reply, err := s.Typing(t.Context(), &rpc.Typings{Items: []rpc.Typing{
		{UID: 1, Conv: msgdef.Pair(1, 2), Device: 1}, {UID: 1, Conv: msgdef.Pair(3, 4)}, {UID: 1, Conv: msgdef.Pair(1, 1)},
		{UID: 2, Conv: msgdef.Pair(2, 5)}, {UID: 5, Conv: msgdef.Conversation{}}, {UID: 5, Conv: msgdef.GroupConv(8)}, {UID: 5, Conv: club},
	}})
	if err != nil || len(reply.Tell) != 3 || reply.Tell[0].Item != 6 || !slices.Equal(reply.Quiet, []uint32{3}) {
		t.Fatalf("%+v, %v", reply, err)
	}
	slices.Sort(gate.conns)
	if want := []uint64{21, 22, 31, 32, 41, 42}; !slices.Equal(gate.conns, want) {
		t.Errorf("told %v, want %v", gate.conns, want)
	}
	if len(service.asked) != 4 {
		t.Errorf("the service was asked about %+v", service.asked)
	}
}
