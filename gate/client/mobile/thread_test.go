package mobile

import (
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestThread makes mistakes, and has a message be edited and end.
func TestThread(t *testing.T) {
	c := must(NewClient(config(t), nil))
	defer c.Close()
	if _, err := c.Thread([]byte("short")); err == nil {
		t.Error("no conversation")
	}
	thread := must(c.Thread(Pair(1, 2)))
	comes := func(cseq uint64, kind msgdef.ContentKind, body []byte) *Places {
		return thread.Add(messageOf(&client.Message{Message: msgdef.Message{Conv: msgdef.Pair(1, 2), CSeq: cseq, From: 2, Kind: kind, Body: body}}))
	}
	edit := &msgdef.Edit{CSeq: 1, Kind: msgdef.ContentText, Body: []byte("after")}
	if p := comes(2, msgdef.ContentEdit, edit.Append(nil)); p.Len() != 1 || p.At(0) != 2 || p.At(1) != 0 {
		t.Errorf("an edit that comes first: %+v", p)
	}
	if p := comes(1, msgdef.ContentText, []byte("before")); p.Len() != 1 || string(thread.Find(1).Body) != "after" || thread.Find(1).Changed != 2 || thread.Stale() {
		t.Errorf("edited: %+v", thread.Find(1))
	}
	comes(3, msgdef.ContentReaction, (&msgdef.Reaction{CSeq: 1, Emoji: "+"}).Append(nil))
	if m := thread.Find(1); m.Reactions().Len() != 1 || !thread.Stale() {
		t.Errorf("a reaction: %+v", m)
	}
	if p := thread.Expire(Pair(1, 2), 1); p.Len() != 2 || !thread.Find(1).Expired || len(thread.Find(1).Body) > 0 {
		t.Errorf("ended: %+v", p)
	}
	early := must(c.Queue(Pair(1, 2), int(msgdef.ContentText), []byte("x")))
	if thread.AddSent(early).Len()+thread.AddSent(nil).Len()+thread.Add(nil).Len()+thread.Expire(nil, 1).Len() != 0 || thread.Find(9) != nil {
		t.Error("what is no message changes something")
	}
	if list := thread.Messages(); list.Len() != 3 || list.At(0).CSeq != 1 {
		t.Errorf("%d messages", list.Len())
	}
}
