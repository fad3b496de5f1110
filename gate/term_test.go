package gate_test

import (
	"testing"
	"testing/synctest"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestTerms lets masters kick by turns: whoever has a successor is refused and
// counted, and kicks nobody.
func TestTerms(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("one", 2)
		conn := w.far.connOf(c.welcome.UID)
		const nobody = 1 << 60
		for _, step := range []struct {
			term, conn uint64
			want       msgdef.ErrorCode
		}{
			{0, nobody, msgdef.CodeOK}, // no master was seen yet
			{3, nobody, msgdef.CodeOK},
			{3, nobody, msgdef.CodeOK},
			{0, conn, msgdef.CodeForbidden},
			{2, conn, msgdef.CodeForbidden},
			{4, nobody, msgdef.CodeOK},
			{3, conn, msgdef.CodeForbidden},
		} {
			err := w.gate.Kick(t.Context(), &rpc.Kicks{
				Epoch: w.gate.Epoch(), Term: step.term, Items: []rpc.Kick{{Conn: step.conn, Code: msgdef.CodeReplaced}},
			})
			if rpc.CodeOf(err) != step.want {
				t.Errorf("term %d: %v, want %v", step.term, err, step.want)
			}
		}
		synctest.Wait()
		stats := w.gate.Stats()
		if stats.Drops[gate.DropTerm] != 3 || stats.Sessions != 1 {
			t.Errorf("drops %v, %d sessions", stats.Drops, stats.Sessions)
		}
		must(t, w.gate.Kick(t.Context(), &rpc.Kicks{
			Epoch: w.gate.Epoch(), Term: 4, Items: []rpc.Kick{{Conn: conn, Code: msgdef.CodeReplaced}},
		}))
		for _, err := c.next(); err == nil; {
			_, err = c.next()
		}
		synctest.Wait()
		w.wantCloses(gate.ReasonReplaced, 1)
	})
}

// TestTermsOfOthers keeps the epoch's word: what is meant for an earlier process
// of the gate says nothing about terms.
func TestTermsOfOthers(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		must(t, w.gate.Kick(t.Context(), &rpc.Kicks{Epoch: w.gate.Epoch() - 1, Term: 9}))
		must(t, w.gate.Kick(t.Context(), &rpc.Kicks{Epoch: w.gate.Epoch(), Term: 1}))
	})
}
