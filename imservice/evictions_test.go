package imservice

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// forward lets time pass for evictions.
func (w *world) forward(d time.Duration) {
	w.clock.add(d)
	w.server.evictions.look()
}

// waiting is how many evictions are not over.
func (w *world) waiting() int { return w.server.Stats().WaitingEvictions }

// TestLoginUnderWayWhileBanned is checked before the ban and registered after
// the routes were told of it.
func TestLoginUnderWayWhileBanned(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 0, openRegistration, withRegions(r))
	checked := login(t, w, "alice", "pw", 1)
	w.sanctioned(w.server.Ban(t.Context(), of("alice")))
	r.called(1)
	r.register(rpc.Session{UID: checked.UID, Device: 1, Generation: checked.Generation})
	w.forward(evictionPauses()[0])
	r.called(2)
	if live, _, _ := r.sees(); live != 0 {
		t.Fatal("a login slipped through")
	}
}

// TestLoginsRaceAVerdict checks and registers sessions while their account is
// judged, with any pause between. When the passes are over, who is there has
// logged in after it.
func TestLoginsRaceAVerdict(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 0, openRegistration, withRegions(r), func(o *Options) { o.Limits.HashesAtOnce = 8 })
	for round := range 20 {
		name := fmt.Sprint("user", round)
		tokens := make([][]byte, 9)
		var uid uint64
		for device := range tokens[1:] {
			l := login(t, w, name, "pw", uint64(device+1))
			tokens[device+1], uid = l.Token, l.UID
		}
		var racers sync.WaitGroup
		for device, token := range tokens[1:] {
			racers.Go(func() {
				l, err := w.server.Login(t.Context(), byToken(token, uint64(device+1)))
				if err != nil {
					return
				}
				for range device { // gates are not equally fast
					time.Sleep(time.Millisecond)
				}
				r.register(rpc.Session{UID: l.UID, Device: uint64(device + 1), Generation: l.Generation})
			})
		}
		racers.Go(func() {
			_, err := w.server.Revoke(t.Context(), of(name))
			w.must(err)
			l, err := w.server.Login(t.Context(), byPassword(name, "pw", 99))
			w.must(err)
			r.register(rpc.Session{UID: uid, Device: 99, Generation: l.Generation})
		})
		racers.Wait()
		for w.waiting() > 0 {
			w.forward(evictionPauses()[len(evictionPauses())-1])
			time.Sleep(100 * time.Microsecond)
		}
		r.mu.Lock()
		for s := range r.live {
			if s.UID == uid && s.Device != 99 {
				t.Errorf("device %d is still there", s.Device)
			}
		}
		if live := len(r.live); live != round+1 {
			t.Errorf("%d sessions live, want those of %d users who have logged in since", live, round+1)
		}
		r.mu.Unlock()
	}
}

// TestEvictionsAreRepeated until all passes succeeded, each after its pause.
func TestEvictionsAreRepeated(t *testing.T) {
	r := newRegions()
	w := newWorld(t, 1, withRegions(r))
	w.sanctioned(w.server.Ban(t.Context(), of("u1")))
	r.called(1)
	for i, pause := range evictionPauses() {
		w.forward(pause - time.Millisecond)
		if _, _, calls := r.sees(); calls != i+1 || w.waiting() != 1 {
			t.Fatalf("%d calls before pause %d is over, %d waiting", calls, i, w.waiting())
		}
		w.forward(time.Millisecond)
		r.called(i + 2)
	}
	eventually(func() bool { return w.waiting() == 0 })
	left, err := w.store.Evictions(9)
	w.must(err)
	if len(left) != 0 || w.server.Stats().Evictions != 1 {
		t.Errorf("left are %+v", left)
	}
	w.forward(time.Hour)
	if _, _, calls := r.sees(); calls != len(evictionPauses())+1 {
		t.Errorf("%d calls", calls)
	}
}

// TestEvictionsOutlast routes that do not answer and a message service that
// dies, and begin anew.
func TestEvictionsOutlast(t *testing.T) {
	r := newRegions()
	r.breakDown(errFar)
	w := newWorld(t, 1, withRegions(r))
	r.register(rpc.Session{UID: 1, Device: 1})
	w.sanctioned(w.server.Revoke(t.Context(), &rpc.Sanction{UID: 1, Reason: "lost phone"}))
	for i := range 12 {
		r.called(i + 1)
		w.forward(evictionSlow)
	}
	w.restart()
	r.breakDown(nil)
	w.forward(evictionSlow)
	eventually(func() bool { live, _, _ := r.sees(); return live == 0 })
	if why := r.ended[0].why; why.Code != msgdef.CodeRevoked || why.Detail != "lost phone" || why.Generation == 0 {
		t.Errorf("ended by %+v", why)
	}
}

// TestEvictionsAreGivenUp after a day in which nobody could be told.
func TestEvictionsAreGivenUp(t *testing.T) {
	r := newRegions()
	r.breakDown(errFar)
	w := newWorld(t, 1, withRegions(r))
	w.sanctioned(w.server.Ban(t.Context(), of("u1")))
	r.called(1)
	w.forward(day + time.Second)
	eventually(func() bool { return w.server.Stats().LostEvictions == 1 })
	if w.waiting() != 0 {
		t.Errorf("%d waiting", w.waiting())
	}
	wantCode(t, w, byPassword("u1", "pw", 1), msgdef.CodeBadCredentials)
	if s := w.sanctioned(w.server.Inspect(t.Context(), of("u1"))); !s.Banned {
		t.Errorf("the ban is given up too: %+v", s)
	}
}

// TestEvictionsAreBounded refuses verdicts beyond, but for users who have one.
func TestEvictionsAreBounded(t *testing.T) {
	r := newRegions()
	r.breakDown(errFar)
	w := newWorld(t, 3, withRegions(r), func(o *Options) { o.Limits.Evictions = 2 })
	w.sanctioned(w.server.Ban(t.Context(), of("u1")))
	w.sanctioned(w.server.Ban(t.Context(), of("u2")))
	_, err := w.server.Ban(t.Context(), of("u3"))
	if rpc.CodeOf(err) != msgdef.CodeBusy {
		t.Fatalf("one too many: %v", err)
	}
	if s := w.sanctioned(w.server.Inspect(t.Context(), of("u3"))); s.Banned || s.Generation != 0 {
		t.Errorf("judged by half: %+v", s)
	}
	later := w.sanctioned(w.server.Remove(t.Context(), of("u1")))
	left, err := w.store.Evictions(9)
	w.must(err)
	if len(left) != 2 || left[0].Generation != later.Generation || left[0].Code != msgdef.CodeDeleted {
		t.Errorf("evictions %+v after generation %d", left, later.Generation)
	}
	r.breakDown(nil)
	for w.waiting() > 0 {
		w.forward(time.Hour)
		time.Sleep(time.Millisecond)
	}
	w.sanctioned(w.server.Ban(t.Context(), of("u3")))
}

// TestNobodyToEvict needs nothing but the verdict.
func TestNobodyToEvict(t *testing.T) {
	w := newWorld(t, 1)
	w.sanctioned(w.server.Ban(t.Context(), of("u1")))
	if n := w.waiting(); n != 0 {
		t.Errorf("%d wait for nobody", n)
	}
	left, err := w.store.Evictions(9)
	w.must(err)
	if len(left) != 0 {
		t.Errorf("stored are %+v", left)
	}
}
