package imservice

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestPatience: whenever a call begins it has the timeout at least, and twice
// that at most.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 2 * time.Second
		p := patience{timeout: timeout}
		contexts := make(map[context.Context]bool)
		for range 100 {
			ctx := p.bound(t.Context())
			contexts[ctx] = true
			deadline, _ := ctx.Deadline()
			if left := time.Until(deadline); ctx.Err() != nil || left < timeout || left > 2*timeout {
				t.Fatalf("%v left, %v", left, ctx.Err())
			}
			time.Sleep(timeout / 10)
		}
		if n := len(contexts); n > 11 {
			t.Errorf("%d contexts in ten timeouts", n)
		}
		last := p.bound(t.Context())
		time.Sleep(10 * timeout) // nothing was called for long
		ctx := p.bound(t.Context())
		if last.Err() == nil || ctx.Err() != nil {
			t.Errorf("after a pause: the old one %v, the new one %v", last.Err(), ctx.Err())
		}
		p.end()
		if ctx.Err() == nil {
			t.Error("the context outlives its end")
		}
		new(patience).end()
	})
}

// TestPatienceAllocatesNothing between two contexts.
func TestPatienceAllocatesNothing(t *testing.T) {
	p := patience{timeout: time.Hour}
	defer p.end()
	p.bound(t.Context())
	if n := testing.AllocsPerRun(100, func() { p.bound(t.Context()) }); n != 0 {
		t.Errorf("%v allocations for a call", n)
	}
}
