package client

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// reply is a draft that has everything.
func reply() *Draft {
	return &Draft{
		Conv: testConv, Kind: msgdef.ContentText, Body: []byte("yes"),
		Extra: msgdef.Extra{Reply: 12, Mentions: []uint64{7, 0}, Lifetime: 60},
	}
}

// expectReply reads a send and holds it against reply.
func expectReply(p *peer) msgdef.Send {
	p.t.Helper()
	s, want := expect[msgdef.Send](p), reply()
	if !bytes.Equal(s.Body, want.Body) || s.Conv != want.Conv || !bytes.Equal(s.Extra, want.Extra.Append(nil)) {
		p.t.Errorf("sent %+v", s)
	}
	return s
}

// Each way to send says what is beside the body, and says it again.
func TestDraftsOnTheWire(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		go func() {
			s := expectReply(p)
			p.send(ackOf(s.Counter))
		}()
		if _, err := c.SendDraft(t.Context(), reply()); err != nil {
			t.Fatal(err)
		}
		var out outcomes
		c.SendDraftFunc(reply(), out.done)
		c.SendDraftFunc(reply(), nil)
		queued := c.QueueDraft(reply())
		for range 2 {
			expectReply(p)
		}
		first := expectReply(p)
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		for range 3 {
			s := expectReply(p)
			p.send(ackOf(s.Counter))
		}
		if sent, err := queued.Wait(t.Context()); err != nil || sent.Counter != first.Counter {
			t.Errorf("%+v, %v", sent, err)
		}
		c.SendFunc(testConv, 1, nil, nil) // in a slot that had one
		if s := expect[msgdef.Send](p); len(s.Extra) != 0 {
			t.Errorf("a plain message has %x beside it", s.Extra)
		}
	})
}

// A draft that no server would take is not sent.
func TestBadDrafts(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		bad := reply()
		bad.Extra.Mentions = make([]uint64, 65)
		var out outcomes
		c.SendDraftFunc(bad, out.done)
		_, err := c.SendDraft(t.Context(), bad)
		_, late := c.QueueDraft(bad).Wait(t.Context())
		if _, failed := out.counts(); failed != 1 || !errors.Is(err, ErrArgument) || !errors.Is(late, ErrArgument) {
			t.Errorf("%v, %v, %d told", err, late, failed)
		}
		for name, send := range map[string]func() (Sent, error){
			"emoji": func() (Sent, error) { return c.React(t.Context(), testConv, 1, string(make([]byte, 33)), false) },
			"edit":  func() (Sent, error) { return c.Edit(t.Context(), testConv, 1, 1, make([]byte, 8001)) },
			"change": func() (Sent, error) {
				return c.ChangeGroup(t.Context(), testConv, &msgdef.GroupChange{UIDs: make([]uint64, 501)})
			},
		} {
			if _, err := send(); !errors.Is(err, ErrArgument) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// What is beside a body outlives the process with it.
func TestDraftsAreKept(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		path := filepath.Join(t.TempDir(), "state.json")
		o.State = NewFileState(path)
		c := must(New(o))
		d := reply()
		d.Until = time.Now().Add(time.Hour)
		c.QueueDraft(d)
		c.Close()
		o.State = NewFileState(path)
		c = must(New(o))
		defer c.Close()
		list := c.Queued()
		if len(list) != 1 || !bytes.Equal(list[0].Message().Extra, d.Extra.Append(nil)) || !list[0].Message().Until.Equal(toMillisecond(d.Until)) {
			t.Fatalf("%d are kept: %+v", len(list), list)
		}
		later(func() error { return c.Connect(t.Context()) })
		expectReply(g.admit(msgdef.LoginOK{}))
	})
}

// Events say what they do.
func TestEvents(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		for _, want := range []eventBody{
			&msgdef.Edit{CSeq: 3, Kind: 1, Body: []byte("better")}, &msgdef.Recall{CSeq: 4},
			&msgdef.Reaction{CSeq: 5, Emoji: "👍", Off: true}, &msgdef.Pin{CSeq: 6},
			&msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{9}},
		} {
			go func() {
				s := expect[msgdef.Send](p)
				m := Message{Message: msgdef.Message{Kind: s.Kind, Body: s.Body}}
				if says, err := m.Event(); err != nil || !bytes.Equal(says.(eventBody).Append(nil), want.Append(nil)) {
					t.Errorf("%v says %+v, %v", s.Kind, says, err)
				}
				p.send(ackOf(s.Counter))
			}()
			if err := sendEvent(t, c, want); err != nil {
				t.Error(err)
			}
		}
	})
}

// sendEvent sends an event by the method for it.
func sendEvent(t *testing.T, c *Client, e eventBody) (err error) {
	t.Helper()
	switch e := e.(type) {
	case *msgdef.Edit:
		_, err = c.Edit(t.Context(), testConv, e.CSeq, e.Kind, e.Body)
	case *msgdef.Recall:
		_, err = c.Recall(t.Context(), testConv, e.CSeq)
	case *msgdef.Reaction:
		_, err = c.React(t.Context(), testConv, e.CSeq, e.Emoji, e.Off)
	case *msgdef.Pin:
		_, err = c.Pin(t.Context(), testConv, e.CSeq, e.Off)
	case *msgdef.GroupChange:
		_, err = c.ChangeGroup(t.Context(), testConv, e)
	}
	return err
}

// What is beside a body is read without memory where there is nothing to read,
// and what cannot be read is nothing.
func TestMarks(t *testing.T) {
	plain := &Message{Message: msgdef.Message{Kind: 1, At: 1000}}
	allocs := testing.AllocsPerRun(100, func() {
		if s := plain.Made(); plain.Reply() != 0 || plain.Mentions(7) || !plain.Expires().IsZero() || s.Recalled {
			t.Error("a plain message is marked")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	x, s := reply().Extra, msgdef.MessageState{Changed: 4, Pinned: true, Reactions: []msgdef.ReactionCount{{Emoji: "👍", Count: 2}}}
	full := &Message{Message: msgdef.Message{At: 1000, Extra: x.Append(nil), State: s.Append(nil)}}
	if full.Reply() != 12 || !full.Mentions(99) || !full.Expires().Equal(time.UnixMilli(61_000)) {
		t.Errorf("read %+v", full.Beside())
	}
	if made := full.Made(); made.Changed != 4 || !made.Pinned || len(made.Reactions) != 1 {
		t.Errorf("made %+v", made)
	}
	one := &Message{Message: msgdef.Message{Extra: (&msgdef.Extra{Mentions: []uint64{7}}).Append(nil)}}
	if !one.Mentions(7) || one.Mentions(8) {
		t.Error("others are mentioned")
	}
	broken := &Message{Message: msgdef.Message{Kind: msgdef.ContentPin, Extra: []byte{1}, State: []byte{1}}}
	if x := broken.Beside(); x.Reply != 0 || broken.Made().Pinned {
		t.Error("what is broken says something")
	}
	if _, err := broken.Event(); !errors.Is(err, ErrProtocol) {
		t.Errorf("error is %v", err)
	}
	if says, err := plain.Event(); says != nil || err != nil {
		t.Errorf("a text is an event: %v, %v", says, err)
	}
}
