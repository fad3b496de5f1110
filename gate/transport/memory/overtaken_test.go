package memory

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

// TestOvertakenTimer has a deadline's timer fire when the deadline was replaced
// already, which Stop cannot prevent.
func TestOvertakenTimer(t *testing.T) {
	s := newStream(Capacity)
	stale := time.NewTimer(time.Hour)
	defer stale.Stop()
	if err := s.setDeadline(&s.reader, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.expire(&s.reader, &stale)
	if s.reader.expired {
		t.Error("the deadline before ended a wait of the one after")
	}
	s.expire(&s.reader, &s.reader.timer)
	if !s.reader.expired {
		t.Error("the deadline's own timer did not")
	}
	s.close(&s.reader)
}

// TestOvertakenOffer has connections reach the queue when the listener has
// closed and drained it: each is refused or ends.
func TestOvertakenOffer(t *testing.T) {
	l := newListener(new(Network), "gate")
	l.Close()
	for range 100 { // which of the two a select takes is chosen at random
		here, there := Pipe()
		if l.offer(context.Background(), there) != nil {
			continue
		}
		here.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := here.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Fatalf("a connection that nobody accepts: %v", err)
		}
		here.Close()
	}
}
