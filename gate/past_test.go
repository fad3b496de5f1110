package gate_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farPast is the part of a far end that looks for messages: as many as are asked
// for, each as large as it may be.
type farPast struct{}

func (farPast) Pins(_ context.Context, q *rpc.PinsQuery) (*rpc.PinsReply, error) {
	if q.Conv == (msgdef.Conversation{}) {
		return nil, &rpc.Error{Code: msgdef.CodeForbidden, Detail: "no"}
	}
	reply := &rpc.PinsReply{More: true}
	for i := range uint64(q.Limit) {
		m := msgdef.Message{Conv: q.Conv, CSeq: q.Before - i - 1, From: q.UID, Body: make([]byte, msgdef.MaxBody)}
		reply.Messages = append(reply.Messages, m.Append(nil))
	}
	return reply, nil
}

func (farPast) FindMessages(_ context.Context, q *rpc.MessageSearch) (*rpc.FoundMessages, error) {
	reply := &rpc.FoundMessages{More: true, At: q.At, Before: q.Before + 1}
	for i := range uint64(q.Limit) {
		m := msgdef.Message{Conv: q.Conv, CSeq: i, From: q.UID, Body: append([]byte(q.Text), make([]byte, msgdef.MaxBody-len(q.Text))...)}
		reply.Messages = append(reply.Messages, m.Append(nil))
	}
	return reply, nil
}

func (farPast) Laters(_ context.Context, q *rpc.LatersQuery) (*rpc.LatersReply, error) {
	reply := new(rpc.LatersReply)
	for i := range uint64(30) {
		l := msgdef.Later{At: 5, Conv: msgdef.Pair(q.UID, 2), Kind: msgdef.ContentText, Body: make([]byte, 7000)}
		reply.List = append(reply.List, msgdef.PendingLater{CSeq: i, Later: l})
	}
	return reply, nil
}

// farTyping is the part of a far end that hears who writes.
type farTyping struct{ heard chan rpc.Typing }

func (f farTyping) Typing(_ context.Context, batch *rpc.Typings) (*rpc.TypingReply, error) {
	for _, it := range batch.Items {
		f.heard <- it
	}
	return new(rpc.TypingReply), nil
}

// TestTypingIsBounded passes on what somebody can type, with who it is.
func TestTypingIsBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.login("alice", 1)
		for i := range 30 {
			c.send(&msgdef.Typing{Conv: msgdef.Pair(1, 2), Off: i%2 > 0})
		}
		synctest.Wait()
		if n := len(w.far.heard); n != 10 {
			t.Errorf("%d were passed on, want 10", n)
		}
		if it := <-w.far.heard; it != (rpc.Typing{UID: c.welcome.UID, Conv: msgdef.Pair(1, 2), Device: 1}) {
			t.Errorf("passed on %+v", it)
		}
		time.Sleep(5 * time.Second)
		for range 30 {
			c.send(&msgdef.Typing{Conv: msgdef.GroupConv(5)})
		}
		synctest.Wait()
		if n := len(w.far.heard); n != 9+5 {
			t.Errorf("%d were passed on, want 14", n)
		}
	})
}

// TestPastAnswers asks for more than fits a frame, and puts the answers together.
func TestPastAnswers(t *testing.T) {
	virtual(t, func(t *testing.T) { askForPast(t, newWorld(t).login("alice", 1)) })
}

func askForPast(t *testing.T, c *client) {
	const most = 20
	conv, next := msgdef.GroupConv(5), uint64(100)
	c.send(&msgdef.GetPins{Req: 1, Conv: conv, Before: next, Limit: most})
	for last := false; !last; {
		var p msgdef.Pins
		c.expect(&p)
		for _, encoded := range p.Messages {
			var m msgdef.Message
			next--
			if err := m.Decode(encoded); err != nil || p.Req != 1 || p.Conv != conv || !p.More || m.CSeq != next || m.From != c.welcome.UID {
				t.Fatalf("pin %d: %v, %+v", next, err, m)
			}
		}
		last = p.Last
	}
	if next != 100-most {
		t.Errorf("%d pins", 100-next)
	}
	next = 0
	c.send(&msgdef.FindMessages{Req: 3, Text: "what", Conv: conv, At: msgdef.GroupConv(6), Before: 7, Limit: most})
	for last := false; !last; {
		var p msgdef.FoundMessages
		c.expect(&p)
		for _, encoded := range p.Messages {
			var m msgdef.Message
			if err := m.Decode(encoded); err != nil || p.Req != 3 || p.At != msgdef.GroupConv(6) || p.Before != 8 || !p.More || m.CSeq != next || string(m.Body[:4]) != "what" {
				t.Fatalf("found %d: %v, %+v", next, err, m)
			}
			next++
		}
		last = p.Last
	}
	if next != most {
		t.Errorf("%d found", next)
	}
	next = 0
	c.send(&msgdef.GetLaters{Req: 4})
	for last := false; !last; {
		var p msgdef.Laters
		c.expect(&p)
		for _, l := range p.List {
			if p.Req != 4 || l.CSeq != next || l.Later.Conv != msgdef.Pair(c.welcome.UID, 2) || len(l.Later.Body) != 7000 {
				t.Fatalf("later %d: %+v", next, l)
			}
			next++
		}
		last = p.Last
	}
	if next != 30 {
		t.Errorf("%d wait", next)
	}
	c.send(&msgdef.GetPins{Req: 2})
	if m := c.expectError(msgdef.TypeGetPins, msgdef.CodeForbidden); m.Req != 2 {
		t.Errorf("%+v", m)
	}
}
