package client

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// fading is the notify of a message that was taken at a time of the server and
// lasts for so many seconds.
func fading(useq uint64, kind msgdef.ContentKind, body []byte, at time.Time, lifetime uint32) *msgdef.Notify {
	x := msgdef.Extra{Lifetime: lifetime}
	m := msgdef.Message{Conv: testConv, CSeq: useq, From: 8, Device: 1, Counter: useq, At: at.UnixMilli(), Kind: kind, Body: body, Extra: x.Append(nil)}
	return &msgdef.Notify{USeq: useq, Message: m.Append(nil)}
}

// endings gathers what OnExpired gets.
type endings struct {
	mu    sync.Mutex
	cseqs []uint64
}

func (e *endings) expired(m Expired) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cseqs = append(e.cseqs, m.CSeq)
}

func (e *endings) want(t *testing.T, cseqs ...uint64) {
	t.Helper()
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Equal(e.cseqs, cseqs) {
		t.Errorf("told of %v, want %v", e.cseqs, cseqs)
	}
}

// TestExpiry tells at their time, by the server's clock, that messages have ended,
// and shows nothing of those that come later.
func TestExpiry(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var ended endings
		var shown []*Message
		o := g.options()
		o.OnMessage = func(m *Message) { shown = append(shown, m.Clone()) }
		o.OnExpired = ended.expired
		server := time.Now().Add(time.Hour) // its clock is ahead
		began := time.Now()
		c, p := g.online(o, msgdef.LoginOK{Time: server.UnixMilli()})
		edit := msgdef.Edit{CSeq: 1, Kind: msgdef.ContentText, Body: []byte("late")}
		p.send(fading(1, msgdef.ContentText, []byte("a"), server, 30), fading(2, msgdef.ContentText, []byte("b"), server, 10),
			fading(3, msgdef.ContentText, []byte("late"), server.Add(-time.Minute), 60), fading(4, msgdef.ContentEdit, edit.Append(nil), server.Add(-time.Minute), 60),
			fading(5, msgdef.ContentText, []byte("c"), server, 0))
		ended.want(t)
		for i, want := range []string{"a", "b", "", "", "c"} {
			m := shown[i]
			says, err := m.Event()
			if e, ok := says.(*msgdef.Edit); ok && (len(e.Body) > 0 || e.CSeq != 1) || err != nil {
				t.Errorf("message %d says %+v, %v", i, says, err)
			}
			if m.Kind == msgdef.ContentText && string(m.Body) != want || m.Made().Expired != (want == "") || m.Expires().IsZero() != (i > 1) {
				t.Errorf("message %d is %+v", i, m)
			}
		}
		time.Sleep(time.Until(began.Add(9 * time.Second)))
		ended.want(t)
		time.Sleep(2 * time.Second)
		ended.want(t, 2)
		time.Sleep(20 * time.Second)
		ended.want(t, 2, 1)
		ownEnds(t, c, p, server.Add(time.Since(began)), &ended)
	})
}

// ownEnds has a message of this client end, of which only the acknowledgement came.
func ownEnds(t *testing.T, c *Client, p *peer, server time.Time, ended *endings) {
	t.Helper()
	go func() {
		for n := uint64(0); ; {
			f, err := p.next()
			if err != nil {
				return
			}
			var asked msgdef.Send
			if f.Type == msgdef.TypeSend && asked.Decode(f.Body) == nil {
				// the second and the third get what the pair agreed on
				p.send(&msgdef.SendAck{Counter: asked.Counter, CSeq: 9 + n, USeq: 6 + n, At: server.UnixMilli(), Lifetime: uint32(20 * min(n, 1))})
				n++
			}
		}
	}()
	for i, own := range []uint32{7, 90, 0} {
		d := &Draft{Conv: testConv, Kind: 1, Body: []byte("x"), Extra: msgdef.Extra{Lifetime: own, Reply: 1}}
		sent, err := c.SendDraft(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		lives := []uint32{7, 20, 20}[i]
		if sent.Lifetime != lives || !sent.Expires().Equal(sent.Time().Add(time.Duration(lives)*time.Second)) {
			t.Errorf("sent with %d s: %+v", own, sent)
		}
		thread := NewThread(testConv)
		thread.AddSent(c.UID(), d, sent)
		if m := thread.Message(sent.CSeq); m.Expires() != sent.Expires() || m.Reply() != 1 {
			t.Errorf("sent with %d s, in a thread: %+v", own, m)
		}
	}
	ended.want(t, 2, 1)
	time.Sleep(8 * time.Second)
	ended.want(t, 2, 1, 9)
	time.Sleep(13 * time.Second)
	synctest.Wait()
	slices.Sort(ended.cseqs[3:])
	ended.want(t, 2, 1, 9, 10, 11)
}

// TestExpiringIsBounded keeps those that end first.
func TestExpiringIsBounded(t *testing.T) {
	var x expiring
	from := time.UnixMilli(1_000_000)
	for i := range 2 * mostExpiring {
		x.note(Expired{CSeq: uint64(i)}, from.Add(time.Duration((i*7919)%(2*mostExpiring))*time.Second))
	}
	x.note(Expired{CSeq: 1}, time.Time{})
	if len(x.open) != mostExpiring {
		t.Fatalf("%d are noted", len(x.open))
	}
	if list := x.over(from.Add((mostExpiring - 1) * time.Second)); len(list) != mostExpiring || !x.next().IsZero() {
		t.Errorf("%d ended, next at %v", len(list), x.next())
	}
}
