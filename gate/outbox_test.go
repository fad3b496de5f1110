package gate

import (
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// TestOutboxCollapses in bytes for everybody, and in frames behind a blocked
// write; outcomes stay until the bytes are used up.
func TestOutboxCollapses(t *testing.T) {
	limits := noteLimits{frames: 3, bytes: 1000}
	var pool buffers
	fill := func(o *outbox, m frame.Message, useq uint64, lasts bool) (dropped int) {
		b, dropped, _ := o.note(1, 50, useq, lasts, &pool, limits)
		if b != nil {
			b.b = frame.Append(b.b, m)
		}
		return dropped
	}
	head, ack := &msgdef.ReadBy{}, &msgdef.SendAck{}

	quick := outbox{phase: open}
	for i := range uint64(10) {
		if n := fill(&quick, head, i, false); n != 0 {
			t.Errorf("frame %d of a quick connection cost %d", i, n)
		}
	}
	blocked := outbox{phase: open, rest: 1}
	for range 3 {
		fill(&blocked, ack, 0, true)
		fill(&blocked, head, 5, false)
	}
	if n := fill(&blocked, head, 9, false); n != 4 || !blocked.collapsed {
		t.Errorf("collapsing cost %d", n)
	}
	if n := fill(&blocked, ack, 10, true); n != 0 {
		t.Errorf("an outcome after a collapse cost %d", n)
	}
	var kinds []msgdef.Type
	for rest := blocked.take(&pool).b; ; {
		f, next, err := frame.Next(rest)
		if err != nil {
			break
		}
		kinds, rest = append(kinds, f.Type), next
		var m msgdef.Head
		if f.Type == msgdef.TypeHead && (m.Decode(f.Body) != nil || m.USeq != 10) {
			t.Errorf("head %d, want 10", m.USeq)
		}
	}
	if want := []msgdef.Type{msgdef.TypeSendAck, msgdef.TypeSendAck, msgdef.TypeSendAck, msgdef.TypeSendAck, msgdef.TypeHead}; !slices.Equal(kinds, want) {
		t.Errorf("%v, want %v", kinds, want)
	}
	dropped := 0
	for range 100 {
		dropped += fill(&blocked, ack, 0, true)
	}
	if kept := len(blocked.notes.b) / (frame.HeaderSize + ack.Size()); kept+dropped != 100 || len(blocked.notes.b) > limits.bytes {
		t.Errorf("%d kept and %d dropped in %d bytes", kept, dropped, len(blocked.notes.b))
	}
	blocked.close(&pool, nil)
	if n := fill(&blocked, ack, 0, true); n != 1 || blocked.notes != nil {
		t.Error("a closed outbox takes frames")
	}
}

// TestNotesOfApplicationsMakeNothingCollapse, not even where outcomes and
// notifies have taken all the room.
func TestNotesOfApplicationsMakeNothingCollapse(t *testing.T) {
	c := &conn{gate: new(Server)}
	c.gate.limits.Store(&Limits{WaitingFrames: 100, WaitingBytes: 1000})
	for c.out.notes == nil || len(c.out.notes.b) < 940 {
		c.notify(1, nil)
	}
	waiting := len(c.out.notes.b)
	c.forward(0x8001, make([]byte, 10), nil)
	if n := c.gate.Stats().Drops[DropApplication]; n != 1 || len(c.out.notes.b) != waiting || c.out.collapsed {
		t.Errorf("%d dropped, %d of %d bytes wait", n, len(c.out.notes.b), waiting)
	}
}
