package dev

import (
	"bytes"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
)

// TestTokensAreExchanged at every connection, over restarts of both ends, and
// the SDK has the one that holds each time.
func TestTokensAreExchanged(t *testing.T) {
	w := newWorldWith(t, func(o *Options) { o.ServiceLimits.TokenRotation = time.Nanosecond })
	state := new(client.MemoryState)
	options := w.options("alice")
	options.State, options.NoResume = state, true
	w.connect(options).close()
	options.Password = "" // from here on it is the token or nothing
	for i := range 5 {
		before := tokenIn(t, state)
		u := w.connect(options)
		w.stop()
		w.start()
		for w.server.service.Stats().Logins == 0 {
			time.Sleep(time.Millisecond)
		}
		u.close()
		if after := tokenIn(t, state); bytes.Equal(before, after) {
			t.Errorf("round %d: the same token", i)
		}
	}
	if s := w.server.service.Stats(); s.ReusedTokens != 0 || s.Rotations == 0 {
		t.Errorf("%d tokens exchanged, %d reused", s.Rotations, s.ReusedTokens)
	}
}
