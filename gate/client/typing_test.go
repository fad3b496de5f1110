package client

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// TestTyping sends what is news, and hands over what comes.
func TestTyping(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var got []msgdef.TypingBy
		o := g.options()
		o.OnTyping = func(m msgdef.TypingBy) { got = append(got, m) }
		c, p := g.online(o, msgdef.LoginOK{})
		type key struct {
			off  bool
			wait time.Duration
			sent bool
		}
		for i, k := range []key{
			{off: true}, {sent: true}, {wait: time.Second}, {wait: 2 * time.Second, sent: true}, {wait: time.Millisecond},
			{off: true, sent: true}, {off: true}, {sent: true},
		} {
			time.Sleep(k.wait)
			if err := c.Typing(testConv, k.off); err != nil {
				t.Fatal(err)
			}
			if !k.sent {
				continue // the next one expected would not be it
			}
			if m := expect[msgdef.Typing](p); m.Conv != testConv || m.Off != k.off {
				t.Errorf("key %d: %+v", i, m)
			}
		}
		p.silent(time.Second)
		p.send(&msgdef.TypingBy{Conv: testConv, UID: 8})
		synctest.Wait()
		if len(got) != 1 || got[0] != (msgdef.TypingBy{Conv: testConv, UID: 8}) {
			t.Errorf("got %+v", got)
		}
		c.Close()
		if c.Typing(testConv, false) == nil {
			t.Error("a closed client takes it")
		}
	})
}
