package gate

import (
	"testing"
	"time"
)

func TestBucket(t *testing.T) {
	r := rate{perSecond: 10, burst: 3}
	var b bucket
	now := time.Hour
	for range 3 {
		if _, ok := b.take(r, now); !ok {
			t.Fatal("a new bucket is not full")
		}
	}
	if wait, ok := b.take(r, now); ok || wait != 100*time.Millisecond {
		t.Errorf("empty: %v, %v", wait, ok)
	}
	if wait, ok := b.take(r, now+40*time.Millisecond); ok || wait.Round(time.Millisecond) != 60*time.Millisecond {
		t.Errorf("later: %v, %v", wait, ok)
	}
	if _, ok := b.take(r, now+100*time.Millisecond); !ok {
		t.Error("no token after the wait")
	}
	if _, ok := b.take(r, now); ok { // clocks may be read in one order and used in another
		t.Error("a token from the past")
	}
	if b.full(now+200*time.Millisecond) || !b.full(now+time.Second) {
		t.Error("full at the wrong time")
	}
	for range 1000 {
		if _, ok := b.take(rate{perSecond: -1}, now); !ok {
			t.Fatal("limited without a limit")
		}
	}
}
