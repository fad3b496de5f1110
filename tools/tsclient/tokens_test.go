package tsclient

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/tools/dev"
)

// tokens are exchanged at each login, belong to a device, and one that is shown
// after it was exchanged ends the whole family, with the session that it led to:
// only the password leads back.
func tokens(t *testing.T, w workspace) {
	var ahead atomic.Int64 // of the server's clock
	world := newWorldWith(t, w, func(o *dev.Options) {
		o.ServiceLimits.TokenRotation = time.Nanosecond
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	alice := login{account: "alice", password: "secret", suite: 1}
	refused := func(l login, code msgdef.ErrorCode) {
		t.Helper()
		c := world.drive(l)
		if e := c.expect("failed"); e.Name != "GateError" || e.Code != code || !e.Stops {
			t.Errorf("refused: %+v, want %v", e, code)
		}
		c.exit()
	}
	var shown []string
	for range 3 {
		c := world.drive(alice)
		alice.token = c.expect("open").Hex
		c.leave()
		for _, before := range shown {
			if alice.token == before {
				t.Error("the token goes on")
			}
		}
		shown = append(shown, alice.token)
	}
	elsewhere := alice
	elsewhere.device = 8
	refused(elsewhere, msgdef.CodeBadCredentials) // and nothing ends
	here := world.drive(alice)
	newest := alice
	newest.token = here.expect("open").Hex
	ahead.Add(int64(time.Minute)) // what is shown now is no login that took long
	elsewhere.token = shown[0]
	refused(elsewhere, msgdef.CodeTokenReused)
	if e := here.expect("closed"); e.Name != "KickedError" || e.Code != msgdef.CodeTokenReused || !e.Stops {
		t.Errorf("the session goes on: %+v", e)
	}
	here.exit()
	refused(newest, msgdef.CodeBadCredentials)
	newest.token = ""
	back := world.drive(newest)
	back.expect("open")
	back.leave()
}
