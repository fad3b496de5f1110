package imservice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// TestTurns go to the best rank that waits, in the order of coming, and those who
// give up leave no hole.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1, 3)
		must := func(err error) {
			if err != nil {
				t.Error(err)
			}
		}
		must(turns.take(t.Context(), rankSuspect))
		var order []rank
		var waiting sync.WaitGroup
		for _, r := range []rank{rankSuspect, rankClean, rankSuspect, rankKnown, rankKnown, rankSuspect} {
			waiting.Go(func() {
				must(turns.take(t.Context(), r))
				order = append(order, r)
				turns.done()
			})
			synctest.Wait()
		}
		if err := turns.take(t.Context(), rankSuspect); !errors.Is(err, errHashesBusy) {
			t.Errorf("one too many of a rank: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		waiting.Go(func() {
			if err := turns.take(gone, rankClean); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		turns.done()
		waiting.Wait()
		if want := []rank{rankKnown, rankKnown, rankClean, rankSuspect, rankSuspect, rankSuspect}; !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
		if turns.free != 1 || turns.queued() != 0 {
			t.Errorf("%d free, %d waiting", turns.free, turns.queued())
		}
	})
}

// TestPasswordFlood has a thousand addresses guess at passwords, each as often as
// it may, so that all cores and all places of the queue are taken all the time.
// Who has logged in on a device before gets in at once, by password, token and
// ticket, and so does somebody at a new device whose address has done nothing
// wrong. What a hash costs is what it costs in earnest.
func TestPasswordFlood(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) {
		o.Password, o.Limits.HashesAtOnce, o.Limits.HashesWaiting = PasswordCost{}, 1, 64
		o.Limits.FailuresPerAccount, o.Limits.FailuresPerAddress = 1<<30, 1<<30
	})
	alice := login(t, w, "alice", "pw", 1)
	ctx, cancel := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	defer flood.Wait()
	defer cancel()
	var address int
	var mu sync.Mutex
	next := func() string {
		mu.Lock()
		defer mu.Unlock()
		address++
		return fmt.Sprintf("10.0.%d.%d", address/250%4, address%250)
	}
	for range 1000 { // none is clean any more
		w.server.logins.addresses.blame(next(), w.clock.now())
	}
	for range 100 {
		flood.Go(func() {
			for ctx.Err() == nil {
				req := byPassword("alice", "guess", 666)
				req.Address = next()
				if _, err := w.server.Login(ctx, req); err == nil {
					t.Error("guessed")
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	full := func() bool { return w.server.logins.hasher.turns.queued() >= 64 }
	eventually(full)
	for range 3 {
		before := w.server.Stats().Hashes
		login(t, w, "alice", "pw", 1)
		fresh := byPassword("alice", "pw", 2)
		fresh.Address = "198.51.100.1"
		wantCode(t, w, fresh, msgdef.CodeOK)
		wantCode(t, w, byToken(login(t, w, "alice", "pw", 1).Token, 1), msgdef.CodeOK)
		if code := w.resume(alice.UID, 1, alice.Generation); code != msgdef.CodeOK {
			t.Error(code)
		}
		if n := w.server.Stats().Hashes - before; n > 3*2+1 {
			t.Errorf("%d hashes were made while three that are not of the flood waited for one each", n)
		}
		eventually(full)
	}
	if w.server.Stats().Throttled == 0 {
		t.Error("the flood was never too much")
	}
}

// TestGuessesElsewhere do not keep a known device out of its account, which has
// its own number of guesses.
func TestGuessesElsewhere(t *testing.T) {
	w := newWorld(t, 0, openRegistration, func(o *Options) { o.Limits.FailuresPerAccount, o.Limits.FailuresPerAddress = 2, 3 })
	login(t, w, "alice", "pw", 1)
	for i := range 3 {
		wantCode(t, w, byPassword("alice", "guess", 99), []msgdef.ErrorCode{msgdef.CodeBadCredentials, msgdef.CodeBadCredentials, msgdef.CodeBusy}[i])
	}
	wantCode(t, w, byPassword("bob", "pw", 1), msgdef.CodeOK)
	wantCode(t, w, byPassword("bob", "guess", 2), msgdef.CodeBadCredentials) // the last one of the address
	wantCode(t, w, byPassword("carol", "pw", 1), msgdef.CodeBusy)
	login(t, w, "alice", "pw", 1)
	for i := range 3 {
		wantCode(t, w, byPassword("alice", "guess", 1), []msgdef.ErrorCode{msgdef.CodeBadCredentials, msgdef.CodeBadCredentials, msgdef.CodeBusy}[i])
	}
}
