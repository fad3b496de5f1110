package dev

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/tools/keys"
)

// TestRenew gives a running gate its next certificate.
func TestRenew(t *testing.T) {
	var ahead atomic.Int64 // of the real clock
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	w := newWorld(t)
	w.stop()
	w.opts.Now = now
	w.start()
	w.user("alice") // under the first
	before := w.server.inUse.Load().Body().Serial
	if err := w.server.renewKey(); err != nil || w.server.inUse.Load().Body().Serial != before {
		t.Errorf("renewed at once: %v", err)
	}
	ahead.Store(int64(keys.Life - time.Hour)) // the first certificate still holds
	if err := w.server.renewKey(); err != nil || w.server.inUse.Load().Body().Serial == before {
		t.Fatalf("not renewed: %v", err)
	}
	ahead.Store(int64(keys.Life + time.Hour)) // only the second holds
	options := w.options("bob")
	options.Now = now
	bob := w.connect(options)
	bob.send(bob.UID(), "under the new certificate")
}
