package roster_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/gate/roster"
)

// TestForgotten lets more happen than is kept while an image fails, or only
// takes its time for an update or a snapshot: it gets a snapshot.
func TestForgotten(t *testing.T) {
	const kept = 100
	for what, c := range map[string]struct {
		trouble   trouble
		delay     time.Duration
		late      bool // followed when the sessions are there
		snapshots uint64
	}{
		"refuses":          {refuse, 0, false, 3},
		"is unsure":        {unsure, 0, false, 3},
		"is slow":          {none, 800 * time.Millisecond, false, 3},
		"during snapshots": {none, 800 * time.Millisecond, true, 3},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := roster.New(roster.Options{Gate: "g", Epoch: 1, Journal: kept})
				good, m := newMirror(t), newMirror(t)
				r.Follow("good", good, true)
				if !c.late {
					r.Follow("m", m, false)
				}
				synctest.Wait()
				register(t, r, 1, 2, 3)
				synctest.Wait()
				m.behave(c.delay, always(c.trouble))
				if c.late {
					r.Follow("m", m, false)
				}
				flood(t, r, 10*kept)
				m.behave(0, nil)
				time.Sleep(10 * time.Second)
				good.has(t, 2, 3)
				m.has(t, 2, 3)
				if s := r.Stats(); s.Snapshots < c.snapshots || s.Journal > kept {
					t.Errorf("%d snapshots, %d changes kept", s.Snapshots, s.Journal)
				}
				for _, i := range r.Stats().Images {
					if !i.InSync || i.Lacks != 0 {
						t.Errorf("%+v", i)
					}
				}
				if err := r.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// flood makes connections come and go within half a second, and ends that of 1.
func flood(t *testing.T, r *roster.Roster, n int) {
	t.Helper()
	var all sync.WaitGroup
	unregister(t, r, 1)
	for i := range n {
		conn := uint64(1000 + i)
		time.Sleep(500 * time.Millisecond / time.Duration(n))
		all.Go(func() {
			register(t, r, conn)
			unregister(t, r, conn)
		})
	}
	all.Wait()
}
