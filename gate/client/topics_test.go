package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

var testGroup = msgdef.GroupConv(5)

// said is a message of the test's group.
func said(cseq uint64) []byte {
	m := msgdef.Message{Conv: testGroup, CSeq: cseq, From: 8, Device: 1, Counter: cseq, At: int64(cseq) * 1000, Kind: msgdef.ContentText, Body: []byte{1}}
	return m.Append(nil)
}

func notifyConv(cseq uint64) *msgdef.NotifyConv { return &msgdef.NotifyConv{Message: said(cseq)} }

// changed is a change of the group, in the inbox.
func changed(useq, cseq uint64, big bool, change msgdef.GroupChange) *msgdef.Notify {
	state := msgdef.MessageState{Big: big}
	m := msgdef.Message{
		Conv: testGroup, CSeq: cseq, From: 8, Device: 1, Counter: cseq, At: int64(cseq) * 1000, Kind: msgdef.ContentGroup,
		Body: change.Append(nil), State: state.Append(nil),
	}
	return &msgdef.Notify{USeq: useq, Message: m.Append(nil)}
}

// adding is the change by which the user becomes a member of the big group.
func adding(useq, cseq uint64) *msgdef.Notify {
	return changed(useq, cseq, true, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{testUID}})
}

func removing(useq, cseq uint64) *msgdef.Notify {
	return changed(useq, cseq, true, msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{testUID}})
}

// watched answers a Watch of the test's group.
func (p *peer) watched(code msgdef.ErrorCode, head uint64) {
	p.t.Helper()
	q := expect[msgdef.Watch](p)
	if len(q.Convs) != 1 || q.Convs[0] != testGroup {
		p.t.Fatalf("watches %x", q.Convs)
	}
	p.send(&msgdef.Watching{Req: q.Req, List: []msgdef.Watched{{Conv: testGroup, Code: code, Head: head}}})
}

// convPage answers a GetConv after a cursor with messages up to another.
func (p *peer) convPage(after, to uint64) {
	p.t.Helper()
	q := expect[msgdef.GetConv](p)
	if q.Conv != testGroup || q.After != after {
		p.t.Fatalf("asks for what is after %d of %x, want %d", q.After, q.Conv, after)
	}
	m := &msgdef.ConvPage{Req: q.Req, Conv: testGroup, Head: to, Last: true}
	for cseq := after + 1; cseq <= to; cseq++ {
		m.Messages = append(m.Messages, said(cseq))
	}
	p.send(m)
}

// group records what a client is told of the test's group.
type group struct {
	cseqs []uint64
	left  []msgdef.ErrorCode
}

func (g *group) record(o Options) Options {
	o.OnMessage = func(m *Message) {
		if m.Conv == testGroup {
			g.cseqs = append(g.cseqs, m.CSeq)
		}
	}
	o.OnLeft = func(l Left) { g.left = append(g.left, l.Code) }
	return o
}

func (g *group) want(t *testing.T, cseqs ...uint64) {
	t.Helper()
	synctest.Wait()
	if !slices.Equal(g.cseqs, cseqs) {
		t.Fatalf("got %v, want %v", g.cseqs, cseqs)
	}
}

// following returns a client that follows the test's group from a cseq.
func following(t *testing.T, g *gate, in *group, cseq uint64) (*Client, *peer) {
	t.Helper()
	c, p := g.online(in.record(g.options()), msgdef.LoginOK{})
	p.send(adding(1, cseq))
	p.watched(msgdef.CodeOK, cseq)
	in.want(t, cseq)
	expect[msgdef.Ack](p)
	return c, p
}

// TestTopicInOrder follows a group from the change that makes it big: messages that
// come, gaps that close, that are pulled, and that cannot be read any more.
func TestTopicInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		_, p := following(t, g, &in, 50)
		p.send(notifyConv(51), notifyConv(51), notifyConv(53), notifyConv(52), notifyConv(50))
		in.want(t, 50, 51, 52, 53)
		p.silent(time.Second)
		p.send(notifyConv(56))
		p.silent(49 * time.Millisecond)
		p.convPage(53, 55)
		in.want(t, 50, 51, 52, 53, 54, 55, 56)
		p.send(&msgdef.ConvHead{Conv: testGroup, CSeq: 58})
		p.convPage(56, 57)
		p.convPage(57, 58)
		p.send(&msgdef.ConvHead{Conv: testGroup, CSeq: 60})
		q := expect[msgdef.GetConv](p)
		p.send(&msgdef.ConvPage{Req: q.Req, Conv: testGroup, Head: 60, Last: true}) // they are gone
		p.send(notifyConv(61))
		in.want(t, 50, 51, 52, 53, 54, 55, 56, 57, 58, 61)
		p.silent(time.Second)
	})
}

// TestTopicPullFails asks again when there is no answer, or no for now.
func TestTopicPullFails(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		_, p := following(t, g, &in, 50)
		p.send(&msgdef.ConvHead{Conv: testGroup, CSeq: 52})
		q := expect[msgdef.GetConv](p)
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeGetConv), Req: q.Req, Code: msgdef.CodeBusy, RetryAfter: 3000})
		p.silent(2900 * time.Millisecond)
		expect[msgdef.GetConv](p)
		p.silent(9 * time.Second)
		p.convPage(50, 52)
		in.want(t, 50, 51, 52)
	})
}

// TestTopicAfterARestart goes on where it was, with another client.
func TestTopicAfterARestart(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		o := in.record(g.options())
		o.State = NewFileState(t.TempDir() + "/state")
		c, p := g.online(o, msgdef.LoginOK{})
		p.send(adding(1, 50))
		p.watched(msgdef.CodeOK, 50)
		p.send(notifyConv(51))
		in.want(t, 50, 51)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		o.State = NewFileState(o.State.(*FileState).path)
		_, p = g.online(o, msgdef.LoginOK{Head: 1})
		q := expect[msgdef.GetMsg](p)
		p.send(page(q.Req, 2, 1))
		p.watched(msgdef.CodeOK, 53)
		p.send(notifyConv(54))
		p.convPage(51, 54)
		in.want(t, 50, 51, 52, 53, 54)
	})
}

// TestTopicMessagesEnd hands on a message that has come too late without what it said.
func TestTopicMessagesEnd(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var bodies [][]byte
		o := g.options()
		o.OnMessage = func(m *Message) { bodies = append(bodies, slices.Clone(m.Body)) }
		_, p := g.online(o, msgdef.LoginOK{})
		p.send(adding(1, 50))
		p.watched(msgdef.CodeOK, 50)
		extra := msgdef.Extra{Lifetime: 5}
		for i, at := range []time.Time{time.Now(), time.Now().Add(-time.Minute)} {
			m := msgdef.Message{Conv: testGroup, CSeq: 51 + uint64(i), From: 8, At: at.UnixMilli(), Kind: msgdef.ContentText, Body: []byte("x"), Extra: extra.Append(nil)}
			p.send(&msgdef.NotifyConv{Message: m.Append(nil)})
		}
		synctest.Wait()
		if len(bodies) != 3 || string(bodies[1]) != "x" || len(bodies[2]) != 0 {
			t.Errorf("got %q", bodies)
		}
	})
}

// TestTopicOwnMessages counts what an acknowledgement tells as handed over.
func TestTopicOwnMessages(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		c, p := following(t, g, &in, 50)
		for i := range uint64(2) {
			h := c.Queue(testGroup, msgdef.ContentText, []byte("mine"))
			q := expect[msgdef.Send](p)
			p.send(&msgdef.SendAck{Counter: q.Counter, CSeq: 52 + i}) // the first of two overtakes a message
			if sent, err := h.Wait(context.Background()); err != nil || sent.CSeq != 52+i {
				t.Fatal(sent, err)
			}
			if i == 0 {
				p.send(notifyConv(51))
			}
		}
		p.send(notifyConv(54))
		in.want(t, 50, 51, 54)
		p.silent(time.Second)
	})
}

// TestTopicEnds by a change in the inbox, and by what the gate says, if that is so.
func TestTopicEnds(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		c, p := following(t, g, &in, 50)
		p.send(&msgdef.ConvHead{Conv: testGroup, Code: msgdef.CodeForbidden, CSeq: 40}) // of an earlier time
		p.watched(msgdef.CodeOK, 50)
		p.send(notifyConv(51), removing(2, 52), notifyConv(53))
		in.want(t, 50, 51, 52)
		p.send(&msgdef.ConvHead{Conv: testGroup, Code: msgdef.CodeForbidden, CSeq: 52})
		expect[msgdef.Ack](p)
		if len(c.Topics()) != 0 || !slices.Equal(in.left, []msgdef.ErrorCode{msgdef.CodeForbidden}) {
			t.Fatalf("follows %v, left %v", c.Topics(), in.left)
		}
		p.send(adding(3, 60))
		p.watched(msgdef.CodeOK, 61)
		p.convPage(60, 61)
		p.send(removing(2, 52)) // again
		expect[msgdef.Ack](p)
		p.send(&msgdef.ConvHead{Conv: testGroup, Code: msgdef.CodeUnknownConversation})
		p.watched(msgdef.CodeUnknownConversation, 0)
		in.want(t, 50, 51, 52, 60, 61)
		if want := []msgdef.ErrorCode{msgdef.CodeForbidden, msgdef.CodeUnknownConversation}; !slices.Equal(in.left, want) {
			t.Errorf("left %v, want %v", in.left, want)
		}
	})
}

// TestTopicChangesComeOnce has changes of a group in the inbox too.
func TestTopicChangesComeOnce(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		_, p := following(t, g, &in, 50)
		rank := changed(2, 52, true, msgdef.GroupChange{Act: msgdef.GroupRank, UIDs: []uint64{testUID}, Role: msgdef.RoleAdmin})
		p.send(rank, notifyConv(51), &msgdef.NotifyConv{Message: rank.Message})
		in.want(t, 50, 51, 52)
		later := changed(3, 53, true, msgdef.GroupChange{Act: msgdef.GroupMute, UIDs: []uint64{testUID}})
		p.send(&msgdef.NotifyConv{Message: later.Message}, later)
		in.want(t, 50, 51, 52, 53)
		expect[msgdef.Ack](p)
		p.silent(time.Second)
	})
}

// TestSmallGroupIsNone asks about a group that this device has changed, and follows
// it as long as it is not known to be small: its changes still come by the inbox.
func TestSmallGroupIsNone(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		c, p := g.online(in.record(g.options()), msgdef.LoginOK{})
		inform := msgdef.GroupChange{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "n"}}
		h := c.Queue(testGroup, msgdef.ContentGroup, inform.Append(nil))
		sent := expect[msgdef.Send](p)
		p.send(&msgdef.SendAck{Counter: sent.Counter, CSeq: 7, USeq: 1})
		if _, err := h.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		q := expect[msgdef.Watch](p)
		p.send(changed(2, 8, false, inform))
		in.want(t, 8)
		p.send(&msgdef.Watching{Req: q.Req, List: []msgdef.Watched{{Conv: testGroup, Code: msgdef.CodeBadArgument}}})
		synctest.Wait()
		if len(c.Topics()) != 0 || len(in.left) != 0 {
			t.Errorf("follows %v, left %v", c.Topics(), in.left)
		}
	})
}

// TestTopicsOfANewDevice are those that the server lists, from where they end, and
// those that the inbox tells of later.
func TestTopicsOfANewDevice(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		c := g.client(in.record(g.options()))
		go c.Connect(context.Background())
		p := g.accept()
		p.listed = true
		p.welcome(msgdef.LoginOK{Head: 3, Cursor: 3})
		q := expect[msgdef.GetConversations](p)
		p.send(adding(4, 50))
		other, older := msgdef.GroupConv(6), msgdef.GroupConv(4)
		p.send(&msgdef.Conversations{Req: q.Req, Last: true, More: true, Head: 3, List: []msgdef.Talk{{Conv: older, Head: 9, Big: true}}})
		q = expect[msgdef.GetConversations](p)
		if q.After != older {
			t.Fatalf("asks after %x", q.After)
		}
		p.send(&msgdef.Conversations{Req: q.Req, Last: true, Head: 4, List: []msgdef.Talk{{Conv: other, Head: 70, Big: true}, {Conv: msgdef.Pair(7, 8), Head: 3}}})
		watch := expect[msgdef.Watch](p)
		slices.SortFunc(watch.Convs, func(a, b [16]byte) int { return slices.Compare(a[:], b[:]) })
		if want := [][16]byte{older, testGroup, other}; !reflect.DeepEqual(watch.Convs, want) {
			t.Fatalf("watches %x", watch.Convs)
		}
		p.send(&msgdef.Watching{Req: watch.Req, List: []msgdef.Watched{{Conv: older, Head: 9}, {Conv: testGroup, Head: 50}, {Conv: other, Head: 70}}})
		want := []TopicState{{older, 9}, {testGroup, 50}, {other, 70}}
		synctest.Wait()
		got := c.Topics()
		slices.SortFunc(got, func(a, b TopicState) int { return slices.Compare(a.Conv[:], b.Conv[:]) })
		if !slices.Equal(got, want) {
			t.Errorf("follows %v, want %v", got, want)
		}
		in.want(t, 50)
	})
}

// TestTopicsOfAnotherStore are listed anew.
func TestTopicsOfAnotherStore(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var in group
		c, p := following(t, g, &in, 50)
		p.conn.Close()
		p = g.accept()
		p.listed = true
		p.welcome(msgdef.LoginOK{Head: 5, StoreEpoch: testEpoch + 1})
		var listed bool
		for range 2 {
			f, err := p.next()
			if err != nil {
				t.Fatal(err)
			}
			switch f.Type {
			case msgdef.TypeGetMsg:
				var q msgdef.GetMsg
				if err := q.Decode(f.Body); err != nil {
					t.Fatal(err)
				}
				p.send(&msgdef.MsgPage{Req: q.Req, Status: msgdef.SyncReset, StoreEpoch: testEpoch + 1, Floor: 5, Head: 5, Last: true})
			case msgdef.TypeGetConversations:
				listed = true
			}
		}
		if synctest.Wait(); !listed || len(c.Topics()) != 0 {
			t.Errorf("listed: %v, follows %v", listed, c.Topics())
		}
	})
}

// hub is a gate and a service with one big group, which loses what it notifies.
type hub struct {
	*peer
	rng     *rand.Rand
	head    uint64
	acked   map[uint64]uint64 // cseq by counter
	watched bool
}

// serve answers what has come, and returns false at the end.
func (h *hub) serve() bool {
	for {
		h.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		f, err := h.next()
		if err != nil {
			return errors.Is(err, os.ErrDeadlineExceeded)
		}
		switch f.Type {
		case msgdef.TypePing:
			var m msgdef.Ping
			h.decode(m.Decode(f.Body))
			h.send(&msgdef.Pong{Nonce: m.Nonce, Head: 1})
		case msgdef.TypeGetMsg:
			var m msgdef.GetMsg
			h.decode(m.Decode(f.Body))
			p := &msgdef.MsgPage{Req: m.Req, StoreEpoch: testEpoch, Head: 1, Last: true}
			if m.After == 0 {
				p.Entries = []msgdef.Entry{{USeq: 1, Message: adding(1, 1).Message}}
			}
			h.send(p)
		case msgdef.TypeWatch:
			var m msgdef.Watch
			h.decode(m.Decode(f.Body))
			h.watched = true
			h.send(&msgdef.Watching{Req: m.Req, List: []msgdef.Watched{{Conv: testGroup, Head: h.head}}})
		case msgdef.TypeGetConv:
			var m msgdef.GetConv
			h.decode(m.Decode(f.Body))
			h.page(&m)
		case msgdef.TypeSend:
			var m msgdef.Send
			h.decode(m.Decode(f.Body))
			if h.acked[m.Counter] == 0 {
				h.head++
				h.acked[m.Counter] = h.head
			}
			h.send(&msgdef.SendAck{Counter: m.Counter, CSeq: h.acked[m.Counter]})
		}
	}
}

func (h *hub) decode(err error) {
	if err != nil {
		h.t.Fatal(err)
	}
}

// page answers with at most 20 messages in frames of 7; sometimes it does not.
func (h *hub) page(q *msgdef.GetConv) {
	if h.rng.IntN(4) == 0 {
		h.send(&msgdef.Error{Of: uint16(msgdef.TypeGetConv), Req: q.Req, Code: msgdef.CodeBusy, RetryAfter: 10})
		return
	}
	to := min(h.head, q.After+20)
	m := &msgdef.ConvPage{Req: q.Req, Conv: testGroup, Head: h.head}
	for cseq := q.After + 1; cseq <= to; cseq++ {
		m.Messages = append(m.Messages, h.message(cseq))
		if len(m.Messages) == 7 {
			h.send(m)
			m.Messages = nil
		}
	}
	m.Last = true
	h.send(m)
}

// message returns one, which may be of the client's device.
func (h *hub) message(cseq uint64) []byte {
	for counter, at := range h.acked {
		if at == cseq {
			m := msgdef.Message{Conv: testGroup, CSeq: cseq, From: testUID, Device: testDevice, Counter: counter, Kind: msgdef.ContentText, Body: []byte{2}}
			return m.Append(nil)
		}
	}
	return said(cseq)
}

// TestTopicsAtRandom loses notifies, reorders and repeats them, breaks connections,
// and restarts the client, while it sends: each message comes once and in order.
func TestTopicsAtRandom(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			plain(t, func(t *testing.T, g *gate) { topicsAtRandom(t, g, rand.New(rand.NewPCG(seed, 3))) })
		})
	}
}

func topicsAtRandom(t *testing.T, g *gate, rng *rand.Rand) {
	var in group
	o := in.record(g.options())
	o.State = new(MemoryState)
	o.Device = testDevice
	h := &hub{rng: rng, head: 1, acked: map[uint64]uint64{}}
	c, p := g.online(o, msgdef.LoginOK{Head: 1})
	h.peer = p
	var late []*msgdef.NotifyConv
	for range 400 {
		alive := h.serve()
		switch n := rng.IntN(40); {
		case n == 0 || !alive:
			if p.conn.Close(); n%2 == 0 && rng.IntN(2) == 0 {
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				c, p = g.online(o, msgdef.LoginOK{Head: 1})
			} else {
				p = g.admit(msgdef.LoginOK{Head: 1})
			}
			h.peer, h.watched, late = p, false, nil
		case n < 6:
			c.Queue(testGroup, msgdef.ContentText, []byte{2})
		case n < 8:
			time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
		default:
			h.head++
			late = append(late, notifyConv(h.head))
			if rng.IntN(3) == 0 && h.watched {
				rng.Shuffle(len(late), func(i, j int) {
					if rng.IntN(5) == 0 {
						late[i], late[j] = late[j], late[i]
					}
				})
				for _, m := range late {
					if rng.IntN(10) > 0 {
						h.trySend([]frame.Message{m})
					}
				}
				late = nil
			}
		}
	}
	h.trySend([]frame.Message{&msgdef.ConvHead{Conv: testGroup, CSeq: h.head}})
	for range 3000 {
		if h.serve() {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		h.peer = g.admit(msgdef.LoginOK{Head: 1})
	}
	h.wantAll(in.cseqs)
}

// wantAll compares with all messages. Those of the client may be among them, when it
// did not learn before a restart that they were stored.
func (h *hub) wantAll(got []uint64) {
	h.t.Helper()
	synctest.Wait()
	own := map[uint64]bool{}
	for _, cseq := range h.acked {
		own[cseq] = true
	}
	next := uint64(1)
	for _, cseq := range got {
		for ; next < cseq && own[next]; next++ {
		}
		if cseq != next {
			h.t.Fatalf("got %d instead of %d", cseq, next)
		}
		next++
	}
	for ; own[next]; next++ {
	}
	if next != h.head+1 {
		h.t.Errorf("got messages below %d, and there are %d", next, h.head)
	}
}
