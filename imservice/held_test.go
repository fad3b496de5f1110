package imservice

import (
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func follow(it rpc.Send, before uint64) rpc.Send {
	it.After = before
	return it
}

// A message that a full disk refused is not overtaken by those sent after it,
// though there is room again when they come.
func TestNothingOvertakesARefusal(t *testing.T) {
	w, d := newDiskWorld(t, 2)
	a, b := w.users[0], w.users[1]
	d.free.Store(1)
	w.clock.add(time.Second)
	if r := w.send(text(a, b, 1, "first"))[0]; r.Code != msgdef.CodeStoreFull {
		t.Fatalf("a full disk: %+v", r)
	}
	d.free.Store(1 << 40)
	w.clock.add(time.Second)
	got := w.send(follow(text(a, b, 2, "second"), 1), follow(text(a, b, 3, "third"), 2), text(b, a, 1, "other"))
	for i, want := range []msgdef.ErrorCode{msgdef.CodeBusy, msgdef.CodeBusy, msgdef.CodeOK} {
		if got[i].Code != want || (got[i].Retry > 0) != (want != msgdef.CodeOK) {
			t.Errorf("outcome %d: %+v, want %v", i, got[i], want)
		}
	}
	got = w.send(text(a, b, 1, "first"), follow(text(a, b, 2, "second"), 1), follow(text(a, b, 3, "third"), 2))
	for i, r := range got {
		if r.Code != msgdef.CodeOK || r.CSeq != uint64(i)+2 {
			t.Errorf("again, outcome %d: %+v, want cseq %d", i, r, i+2)
		}
	}
}

// A refusal that helps nobody to repeat holds nothing up.
func TestAFinalRefusalHoldsNothing(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	got := w.send(text(a, 99, 1, "to nobody"), follow(text(a, b, 2, "x"), 1))
	if got[0].Code != msgdef.CodeUnknownUser || got[1].Code != msgdef.CodeOK {
		t.Errorf("outcomes %+v", got)
	}
}

func TestHeldIsBounded(t *testing.T) {
	var h held
	for i := range uint64(maxHeld + 10) {
		h.note(&rpc.Send{UID: i + 1, Device: 1, Counter: 1}, msgdef.CodeBusy)
	}
	if n := len(h.counters); n > maxHeld {
		t.Errorf("%d devices are remembered, at most %d", n, maxHeld)
	}
}
