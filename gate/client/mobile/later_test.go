package mobile

import (
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestLater makes mistakes, and reads what the user's stream tells.
func TestLater(t *testing.T) {
	c := must(NewClient(config(t), nil))
	defer c.Close()
	if _, err := c.QueueLater([]byte("short"), NewText("x"), 1, 0); err == nil {
		t.Error("no conversation")
	}
	if _, err := c.QueueLater(Pair(1, 2), nil, 1, 0); err == nil {
		t.Error("no draft")
	}
	if _, err := c.CancelLater(3).Wait(nil); err == nil { // nobody has logged in yet
		t.Error("taken back by nobody")
	}
	news := func(kind msgdef.ContentKind, says interface{ Append([]byte) []byte }) *LaterNews {
		return messageOf(&client.Message{Message: msgdef.Message{CSeq: 5, Kind: kind, Body: says.Append(nil)}}).Later()
	}
	if n := news(msgdef.ContentLater, &msgdef.Later{Conv: msgdef.Pair(1, 2)}); n.ID != 5 || !n.Waits || Peer(n.Conv, 1) != 2 {
		t.Errorf("%+v", n)
	}
	if n := news(msgdef.ContentLaterOff, &msgdef.LaterOff{CSeq: 3}); n.ID != 3 || n.Waits || n.Conv != nil {
		t.Errorf("%+v", n)
	}
	if n := news(msgdef.ContentLaterDone, &msgdef.LaterDone{CSeq: 3, Code: msgdef.CodeMuted}); n.ID != 3 || n.Waits || n.Code != int(msgdef.CodeMuted) || n.SentAt != 0 {
		t.Errorf("%+v", n)
	}
	if messageOf(new(client.Message)).Later() != nil {
		t.Error("a message is no news of another")
	}
	list := &LaterList{[]client.Later{{ID: 4, Draft: client.Draft{Conv: msgdef.Pair(1, 2), Body: []byte("x")}}}}
	if l := list.At(0); list.Len() != 1 || l.ID != 4 || string(l.Body) != "x" || Peer(l.Conv, 2) != 1 || list.At(1) != nil {
		t.Errorf("%+v", l)
	}
}
