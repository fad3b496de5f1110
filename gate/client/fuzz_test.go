package client

import (
	"errors"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/transport/memory"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// Whatever frames a server sends: nothing breaks, rows are handed over in
// order, and nothing grows without bound.
func FuzzFrames(f *testing.F) {
	var all []byte
	for _, m := range []frame.Message{
		note(1), note(3), note(2), &msgdef.Head{USeq: 9}, page(1, 4, 6),
		&msgdef.MsgPage{Req: 2, Status: msgdef.SyncReset, Floor: 2, Head: 4, Last: true},
		ackOf(1), ackOf(2), &msgdef.Error{Of: uint16(msgdef.TypeSend), Req: 2, Code: msgdef.CodeBusy},
		&msgdef.Error{Of: uint16(msgdef.TypeGetMsg), Req: 1, Code: msgdef.CodeBusy},
		convPage(3, true, 1), &msgdef.Users{Req: 3}, &msgdef.Presence{Req: 3}, &msgdef.Pong{Nonce: 1, Head: 5},
		&msgdef.GoAway{Window: 10}, &msgdef.ReadOK{Conv: testConv, CSeq: 1}, &msgdef.ReadBy{}, &msgdef.Kicked{Code: 204, Detail: "x"},
	} {
		f.Add(appendFrame(m))
		all = append(all, appendFrame(m)...)
	}
	all = frame.AppendRaw(all, 0x8000, []byte("of an application"))
	all = append(all, appendFrame(&msgdef.Error{Of: 0x8000, Req: 1, Code: msgdef.CodeUnknownType})...)
	f.Add(all)
	f.Fuzz(func(t *testing.T, frames []byte) {
		s := offline(t)
		in := &s.c.inbox
		for err := error(nil); err == nil; {
			var next frame.Frame
			if next, frames, err = frame.Next(frames); err != nil {
				break
			}
			s.c.cork(s.link)
			err = s.settle(s.frame(next))
			if in.window.count > windowSlots || in.window.bytes > windowBytes || len(s.c.calls.open) > 1 {
				t.Fatalf("%d rows, %d bytes, %d calls", in.window.count, in.window.bytes, len(s.c.calls.open))
			}
		}
	})
}

// offline returns a session whose frames the test makes, of a client with two
// sends and a request under way.
func offline(t *testing.T) *session {
	end, other := memory.Pipe()
	c := must(assemble(Options{
		Address: "x", Account: "alice", Password: "p", Device: testDevice,
	}.withDefaults(), Snapshot{UID: testUID, StoreEpoch: testEpoch, Device: testDevice}))
	l := &link{conn: end, deaf: true}
	s := &session{c: c, link: l, handling: make(chan struct{}, 1), own: own{testUID, testDevice, 1, nil}}
	var newest uint64
	c.opts.OnMessage = func(m *Message) {
		if m.USeq != newest+1 {
			t.Fatalf("%d was handed over after %d", m.USeq, newest)
		}
		newest++
	}
	c.opts.OnFrame = func(f Frame) {
		if f.Type < msgdef.FirstApplicationType || len(f.Body) > frame.MaxBody {
			t.Fatalf("%v of %d bytes was handed over", f.Type, len(f.Body))
		}
	}
	c.opts.OnRefused = func(r Refused) {
		if r.Type < msgdef.FirstApplicationType || r.Number > 1 {
			t.Fatalf("%+v, and one frame was told", r)
		}
	}
	c.opts.OnResync = func(r Resync) { newest = r.Floor }
	c.calls.newest = 0
	c.start(l, &welcome{LoginOK: msgdef.LoginOK{Head: 1}}, time.Now(), true)
	for range 2 {
		c.SendFunc(testConv, 1, nil, nil)
	}
	if n, err := c.TellFrame(Frame{Type: 0x8000}); n != 0 || !errors.Is(err, ErrDisconnected) { // its link is deaf
		t.Fatal(n, err)
	}
	c.told = 1 // as if it had not been
	c.mu.Lock()
	c.calls.open[3] = &call{
		ask: func(uint64) frame.Message { return &msgdef.Ping{} }, done: make(chan struct{}),
		take: (&historyBuilder{conv: testConv}).take,
	}
	c.mu.Unlock()
	t.Cleanup(func() {
		c.Close()
		other.Close()
	})
	return s
}
