package gate

import (
	"testing"
	"time"
)

// TestWhoIsWrittenToKeepsItsCipher: who only listens is busy while messages come
// one soon after the other, and not when they come now and then.
func TestWhoIsWrittenToKeepsItsCipher(t *testing.T) {
	for name, c := range map[string]struct {
		every time.Duration
		busy  bool
	}{
		"20 a second":  {50 * time.Millisecond, true},
		"one a second": {time.Second, true},
		"now and then": {3 * time.Second, false},
		"beats":        {30 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			var listener conn
			now := 100 * time.Second
			for range 10 {
				listener.speaks(now)
				now += c.every
			}
			if listener.quiet() == c.busy {
				t.Errorf("quiet is %v", listener.quiet())
			}
			if listener.silenced(now-c.every) || !listener.silenced(now+3*time.Second) {
				t.Error("the sweep would park it while it is written to, or never")
			}
		})
	}
}

// TestAnAnswerIsNoConversation: the answers to a beat, of which there may be two,
// make nobody busy.
func TestAnAnswerIsNoConversation(t *testing.T) {
	var c conn
	for beat := range 5 {
		for answer := range 3 {
			c.speaks(time.Duration(30*beat+30)*time.Second + time.Duration(answer)*time.Millisecond)
		}
	}
	if !c.quiet() {
		t.Error("a session that only beats holds ciphers")
	}
}
