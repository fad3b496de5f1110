package route_test

import (
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// TestTakeover cuts the master off from the message service, a second after it
// renewed. It stops before another could begin, and that one begins as soon as it
// may. At no moment are there two.
func TestTakeover(t *testing.T) {
	newRegion(t, []string{"a"}, func(t *testing.T, r *region) {
		time.Sleep(time.Second)
		r.start(t, "b", route.Options{})
		time.Sleep(2 * time.Second)
		if name, term := r.master(t); name != "a" || term != 1 {
			t.Fatalf("master %q of term %d", name, term)
		}
		r.leases.partition("a")
		var stopped, begun time.Duration
		for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
			switch name, _ := r.master(t); {
			case name == "" && stopped == 0:
				stopped = time.Since(start)
			case name == "b" && begun == 0:
				begun = time.Since(start)
			}
		}
		if stopped == 0 || stopped > 4500*time.Millisecond || begun == 0 || begun > 5100*time.Millisecond {
			t.Errorf("stopped after %v, the next one began after %v", stopped, begun)
		}
		r.leases.partition()
		time.Sleep(10 * time.Second)
		if name, term := r.master(t); name != "b" || term != 2 {
			t.Errorf("master %q of term %d when all is well again", name, term)
		}
		if a, b := r.routes["a"].Stats(), r.routes["b"].Stats(); a.Takeovers != 1 || b.Takeovers != 1 {
			t.Errorf("%d and %d takeovers", a.Takeovers, b.Takeovers)
		}
	})
}

// TestPausedMaster stops a master's clock, as a machine that sleeps does: it
// acts under its term when there is another, and the gates refuse it: also one
// that came later, and knows no more than what it was told.
func TestPausedMaster(t *testing.T) {
	newRegion(t, nil, func(t *testing.T, r *region) {
		paused := time.Now()
		old := r.start(t, "old", route.Options{Now: func() time.Time { return paused }})
		synctest.Wait()
		r.leases.partition("old")
		time.Sleep(7 * time.Second)
		next := r.start(t, "next", route.Options{})
		synctest.Wait()
		r.update(t, "g", []rpc.Session{login(1, 10, 10)}, nil)
		late := new(fenced)
		next.AttachGate("late", 1, late)
		if err := late.Kick(t.Context(), &rpc.Kicks{Epoch: 1, Term: 1}); rpc.CodeOf(err) != msgdef.CodeForbidden {
			t.Errorf("a gate that came late has not heard of the term: %v", err)
		}
		if _, ok := old.Master(); !ok {
			t.Fatal("its clock has not moved, and it is no master")
		}
		delete(r.routes, "next") // the old one is the first to hear
		r.update(t, "h", []rpc.Session{login(1, 20, 20)}, nil)
		if got := r.gates["g"].kicked(); len(got) != 0 || r.gates["g"].refused != 1 {
			t.Errorf("kicked %v, refused %d", got, r.gates["g"].refused)
		}
		if _, ok := old.Master(); ok {
			t.Error("still master after a gate has told it better")
		}
		r.routes, r.seq["h"] = map[string]*route.Server{"next": next}, 1
		r.update(t, "h", []rpc.Session{login(1, 20, 20)}, nil)
		if got, want := r.gates["g"].kicked(), map[uint64][]uint64{2: {10}}; !reflect.DeepEqual(got, want) {
			t.Errorf("kicked %v, want %v", got, want)
		}
		r.routes["old"] = old
	})
}

// TestSlowAnswer counts a lease from the question: an answer that was long on
// its way does not lengthen it.
func TestSlowAnswer(t *testing.T) {
	newRegion(t, nil, func(t *testing.T, r *region) {
		r.leases.answers = map[string]time.Duration{"slow": 1500 * time.Millisecond}
		s := r.start(t, "slow", route.Options{})
		time.Sleep(1500*time.Millisecond + 1)
		r.leases.partition("slow")
		if _, ok := s.Master(); !ok {
			t.Fatal("no master")
		}
		time.Sleep(3 * time.Second)
		if _, ok := s.Master(); ok {
			t.Error("master for more than 4.5 s after it asked")
		}
	})
}

// TestShortBreak has the master renew in time after a failure, and keep its term.
func TestShortBreak(t *testing.T) {
	newRegion(t, []string{"a", "b"}, func(t *testing.T, r *region) {
		for range 3 {
			time.Sleep(10 * time.Second)
			r.leases.partition("a")
			time.Sleep(2 * time.Second)
			r.leases.partition()
		}
		time.Sleep(2 * time.Second)
		if name, term := r.master(t); name != "a" || term != 1 {
			t.Errorf("master %q of term %d", name, term)
		}
		if n := r.routes["a"].Stats().Takeovers; n != 1 {
			t.Errorf("%d takeovers", n)
		}
	})
}

// TestQuietWhileCutOff logs a message service that is away once, and once more
// when it is back, however long that takes.
func TestQuietWhileCutOff(t *testing.T) {
	newRegion(t, nil, func(t *testing.T, r *region) {
		var log strings.Builder
		s := r.start(t, "a", route.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		for range 2 {
			r.leases.partition("a")
			time.Sleep(time.Minute)
			r.leases.partition()
			time.Sleep(time.Minute)
		}
		s.Close()
		if n := strings.Count(log.String(), "mastership cannot be asked for"); n != 2 {
			t.Errorf("said %d times that nobody answers", n)
		}
		if n := strings.Count(log.String(), "mastership can be asked for again"); n != 2 {
			t.Errorf("said %d times that it is well again", n)
		}
	})
}

// TestAlone is its own master in one process, and kicks without a term.
func TestAlone(t *testing.T) {
	s := newRoute(t, route.Options{})
	var kicks []rpc.Kicks
	s.AttachGate("g", 1, &countingGate{onKick: func(k *rpc.Kicks) { kicks = append(kicks, *k) }})
	if term, ok := s.Master(); term != 0 || !ok {
		t.Errorf("term %d, %v", term, ok)
	}
	wants(t, s, part(1, true, true, login(1, 10, 10), login(1, 20, 20)), 2)
	if len(kicks) != 1 || kicks[0].Term != 0 || kicks[0].Items[0].Conn != 10 {
		t.Errorf("kicks: %+v", kicks)
	}
	if s.Stats().Sessions != 1 {
		t.Error("the displaced session is still there")
	}
	s.Close()
}

// TestBadTimes refuses a master that could not keep its promise.
func TestBadTimes(t *testing.T) {
	for what, o := range map[string]route.Options{
		"no name":            {Region: "east"},
		"no region":          {ID: "a"},
		"renewing too late":  {Region: "east", ID: "a", Renew: 5 * time.Second},
		"a negative time":    {Region: "east", ID: "a", Rounds: -1},
		"a name like a book": {Region: "east", ID: string(make([]byte, 65))},
	} {
		o.Service, o.Leases = reader{}, new(leases)
		if s, err := route.New(o); err == nil || s != nil {
			t.Errorf("%s: %v, %v", what, s, err)
		}
	}
}

// TestNewTerm begins anew when the message service hands out another term, and
// believes none that is lower than one before.
func TestNewTerm(t *testing.T) {
	newRegion(t, []string{"a"}, func(t *testing.T, r *region) {
		set := func(term uint64) {
			r.leases.mu.Lock()
			r.leases.term = term
			r.leases.mu.Unlock()
			time.Sleep(2*time.Second + 1)
			synctest.Wait()
		}
		set(7)
		if _, term := r.master(t); term != 7 || r.routes["a"].Stats().Takeovers != 2 {
			t.Errorf("term %d, %+v", term, r.routes["a"].Stats())
		}
		if highest := r.gates["g"].highest; highest != 7 {
			t.Errorf("the gate knows of term %d", highest)
		}
		set(3)
		if _, term := r.master(t); term != 7 {
			t.Errorf("term %d", term)
		}
		time.Sleep(3 * time.Second)
		if name, _ := r.master(t); name != "" {
			t.Error("a term that is over was renewed")
		}
	})
}
