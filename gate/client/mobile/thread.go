package mobile

import (
	"context"

	"github.com/sim-im/sim/gate/client"
)

// Thread holds messages of a conversation as they are now: what edits, recalls,
// reactions, pins, lifetimes and the user's own deleting have made of them, in whatever
// order they come, and however often. It holds the newest 4096 that it was given, and
// its methods may be called from any thread.
type Thread struct {
	c *client.Client
	t *client.Thread
}

// Thread returns an empty one.
func (c *Client) Thread(conv []byte) (*Thread, error) {
	id, err := conversation(conv)
	if err != nil {
		return nil, err
	}
	return &Thread{c: c.c, t: client.NewThread(id)}, nil
}

// Places are messages to be drawn anew, by their places in the conversation, ascending.
// Of one that is there no more Find returns nil.
type Places struct{ list []uint64 }

// Len returns how many there are.
func (p *Places) Len() int { return len(p.list) }

// At returns one of them, from 0; 0 where there is none.
func (p *Places) At(i int) int64 {
	if i < 0 || i >= len(p.list) {
		return 0
	}
	return int64(p.list[i])
}

// Load asks for at most limit messages below a cseq, the newest for 0; limit 0 leaves it
// to the server. Load(cseq+1, 1) asks for one message anew, as after an Edit from here.
func (t *Thread) Load(before int64, limit int, call *Call) (*Places, error) {
	ctx, cancel := call.context()
	defer cancel()
	page, err := t.c.History(ctx, t.t.Conv(), uint64(before), limit)
	if err != nil {
		return nil, err
	}
	return &Places{t.t.AddPage(page)}, nil
}

// Refresh asks for those messages of which too little is known, see Stale.
func (t *Thread) Refresh(call *Call) (*Places, error) {
	ctx, cancel := call.context()
	defer cancel()
	changed, err := t.c.Refresh(ctx, t.t)
	return &Places{changed}, err
}

// Stale reports whether Refresh has anything to ask: reactions to some message are a
// guess, or it has an edit that has not come.
func (t *Thread) Stale() bool { return len(t.t.Stale()) > 0 }

// Add takes a message of Listener.OnMessage. It may be of another conversation, and
// changes nothing then.
func (t *Thread) Add(m *Message) *Places {
	if m == nil || m.m == nil {
		return new(Places)
	}
	return &Places{t.t.Add(m.m)}
}

// AddSent takes what this device has queued, once it is sent; what it has set too, as by
// DeleteForMe.
func (t *Thread) AddSent(p *Pending) *Places {
	if p == nil || !p.Done() {
		return new(Places)
	}
	sent, err := p.handle.Wait(context.Background())
	q := p.handle.Message()
	d := &client.Draft{Conv: q.Conv, Kind: q.Kind, Body: q.Body}
	if err != nil || len(q.Extra) > 0 && d.Extra.Decode(q.Extra) != nil {
		return new(Places)
	}
	return &Places{t.t.AddSent(t.c.UID(), d, sent)}
}

// Expire takes what Listener.OnExpired tells.
func (t *Thread) Expire(conv []byte, cseq int64) *Places {
	id, err := conversation(conv)
	if err != nil {
		return new(Places)
	}
	return &Places{t.t.Expire(client.Expired{Conv: id, CSeq: uint64(cseq)})}
}

// Messages returns all that is held, events included, in the order of the conversation.
func (t *Thread) Messages() *MessageList { return &MessageList{list: t.t.Messages()} }

// Find returns the message at a place; nil where there is none.
func (t *Thread) Find(cseq int64) *Message {
	if m := t.t.Message(uint64(cseq)); m != nil {
		return messageOf(m)
	}
	return nil
}
