package client

import (
	"context"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

func TestMessagesToAChannelThatIsFull(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		messages := must(c.Messages(4))
		if _, err := c.Messages(4); err == nil {
			t.Error("a second channel was given")
		}
		later(func() error { return c.Connect(context.Background()) })
		p := g.admit(msgdef.LoginOK{})
		p.send(note(1), note(2), note(3), note(4), note(5), note(6))
		p.silent(700 * time.Millisecond) // nobody receives, and nothing is asked
		if c.Cursor() != 4 {
			t.Errorf("cursor is %d", c.Cursor())
		}
		for want := range uint64(2) {
			if m := <-messages; m.USeq != want+1 {
				t.Errorf("received %d", m.USeq)
			}
		}
		q := expect[msgdef.GetMsg](p)
		if q.After != 4 {
			t.Errorf("asked after %d", q.After)
		}
		p.send(page(q.Req, 5, 6))
		for want := range uint64(4) {
			if m := <-messages; m.USeq != want+3 {
				t.Errorf("received %d", m.USeq)
			}
		}
		c.Close()
		if m, ok := <-messages; ok {
			t.Errorf("received %+v after Close", m)
		}
	})
}
