package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// later runs a request and returns where its error will be.
func later(request func() error) <-chan error {
	failed := make(chan error, 1)
	go func() { failed <- request() }()
	return failed
}

func convPage(req uint64, last bool, cseqs ...uint64) *msgdef.ConvPage {
	p := &msgdef.ConvPage{Req: req, Conv: testConv, Head: 9, Last: last}
	for _, cseq := range cseqs {
		p.Messages = append(p.Messages, stored(cseq, 8, 1, cseq))
	}
	return p
}

func TestHistory(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		var h History
		failed := later(func() (err error) { h, err = c.History(t.Context(), testConv, 8, 5); return err })
		q := expect[msgdef.GetConv](p)
		if want := (msgdef.GetConv{Req: q.Req, Conv: testConv, Before: 8, Limit: 5}); q != want {
			t.Errorf("asked %+v", q)
		}
		first := convPage(q.Req, false, 5, 6)
		first.Reads = []msgdef.ReadMark{{UID: 8, CSeq: 4}}
		p.send(convPage(q.Req+1, true, 1), first, note(1))
		p.send(convPage(q.Req, true, 7))
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		p.send(convPage(q.Req, true, 1)) // nobody waits any more
		var cseqs []uint64
		for _, m := range h.Messages {
			cseqs = append(cseqs, m.CSeq)
			if m.Body[0] != byte(m.CSeq) || !m.Time().Equal(time.UnixMilli(int64(m.CSeq)*1000)) {
				t.Errorf("message is %+v", m)
			}
		}
		if !slices.Equal(cseqs, []uint64{5, 6, 7}) || h.Head != 9 || len(h.Reads) != 1 {
			t.Errorf("page is %+v", h)
		}
	})
}

func TestHistoryErrors(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(req uint64) *msgdef.ConvPage
		want   error
	}{
		"other conversation": {func(req uint64) *msgdef.ConvPage { return &msgdef.ConvPage{Req: req, Last: true} }, ErrProtocol},
		"no message": {func(req uint64) *msgdef.ConvPage {
			return &msgdef.ConvPage{Req: req, Conv: testConv, Messages: [][]byte{{1}}}
		}, ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) {
				var r recorder
				c, p := g.online(r.record(g.options()), msgdef.LoginOK{})
				failed := later(func() error { _, err := c.History(t.Context(), testConv, 0, 0); return err })
				p.send(test.answer(expect[msgdef.GetConv](p).Req))
				if err := <-failed; !errors.Is(err, test.want) {
					t.Errorf("error is %v", err)
				}
				wantReason(t, &r, test.want)
			})
		})
	}
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		for _, limit := range []int{-1, maxHistory + 1} {
			if _, err := c.History(t.Context(), testConv, 0, limit); !errors.Is(err, ErrArgument) {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
	})
}

func TestHistoryWithoutEnd(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		failed := later(func() error { _, err := c.History(t.Context(), testConv, 0, 0); return err })
		q := expect[msgdef.GetConv](p)
		for range maxHistoryParts + 1 {
			if _, err := p.conn.Write(must(p.keys.Out.Append(nil, appendFrame(convPage(q.Req, false)), time.Now()))); err != nil {
				break
			}
		}
		if err := <-failed; !errors.Is(err, ErrProtocol) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestRefusedRequest(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		failed := later(func() error { _, err := c.Online(t.Context()); return err })
		q := expect[msgdef.GetPresence](p)
		p.send(&msgdef.Error{Of: uint16(msgdef.TypeGetPresence), Req: q.Req, Code: msgdef.CodeForbidden})
		wantCode(t, <-failed, msgdef.CodeForbidden)
		p.silent(time.Second)
	})
}

func TestWrongAnswerType(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		failed := later(func() error { _, err := c.Online(t.Context()); return err })
		p.send(&msgdef.Users{Req: expect[msgdef.GetPresence](p).Req})
		if err := <-failed; !errors.Is(err, ErrProtocol) {
			t.Errorf("error is %v", err)
		}
	})
}

// A request whose connection is lost is asked once more, from the start.
func TestRequestsSurviveOneLoss(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		var h History
		failed := later(func() (err error) { h, err = c.History(t.Context(), testConv, 0, 0); return err })
		p.send(convPage(expect[msgdef.GetConv](p).Req, false, 1))
		synctest.Wait()
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		p.send(convPage(expect[msgdef.GetConv](p).Req, true, 1, 2))
		if err := <-failed; err != nil || len(h.Messages) != 2 {
			t.Errorf("%d messages, %v", len(h.Messages), err)
		}

		failed = later(func() error { _, err := c.History(t.Context(), testConv, 0, 0); return err })
		for range 2 {
			expect[msgdef.GetConv](p)
			p.conn.Close()
			p = g.admit(msgdef.LoginOK{})
		}
		if err := <-failed; !errors.Is(err, ErrDisconnected) {
			t.Errorf("error is %v", err)
		}
		p.silent(time.Second)
	})
}

func TestRequestsEnd(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		o := g.options()
		o.Requests = 1
		c := g.client(o)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		failed := later(func() error { _, err := c.Online(ctx, 1); return err })
		synctest.Wait()
		if _, err := c.Online(ctx, 1); !errors.Is(err, ErrQueueFull) {
			t.Errorf("one too many: %v", err)
		}
		if err := <-failed; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with no connection: %v", err)
		}
		failed = later(func() error { _, err := c.Online(t.Context(), 1); return err })
		synctest.Wait()
		c.Close()
		if err := <-failed; !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestNamesAreRemembered(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		failed := later(func() error {
			found, err := c.Lookup(t.Context(), "bob", "nobody")
			if err == nil && !maps.Equal(found, map[string]uint64{"bob": 8}) {
				err = fmt.Errorf("found %v", found)
			}
			return err
		})
		q := expect[msgdef.Lookup](p)
		p.send(&msgdef.Users{Req: q.Req, Users: []msgdef.User{{UID: 8, Name: "bob"}}})
		if err := <-failed; err != nil || !slices.Equal(q.Names, []string{"bob", "nobody"}) {
			t.Errorf("asked %+v, %v", q, err)
		}
		if found, err := c.Names(t.Context(), 8); err != nil || found[8] != "bob" {
			t.Errorf("remembered %v, %v", found, err)
		}
	})
}

func TestNamesAreForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c := g.client(g.options())
		c.learn([]msgdef.User{{UID: 8, Name: "bob"}})
		time.Sleep(nameValid - 1)
		if missing := c.knownUIDs([]uint64{8, 9}, map[uint64]string{}); !slices.Equal(missing, []uint64{9}) {
			t.Errorf("missing %v", missing)
		}
		time.Sleep(time.Nanosecond)
		if missing := c.knownNames([]string{"bob"}, map[string]uint64{}); !slices.Equal(missing, []string{"bob"}) {
			t.Errorf("missing %v", missing)
		}
	})
}

func TestLookupInParts(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		uids := make([]uint64, maxLookup+1)
		for i := range uids {
			uids[i] = uint64(i + 1)
		}
		failed := later(func() error {
			found, err := c.Names(t.Context(), uids...)
			if err == nil && len(found) != len(uids) {
				err = fmt.Errorf("found %d", len(found))
			}
			return err
		})
		for range 2 {
			q := expect[msgdef.Lookup](p)
			answer := msgdef.Users{Req: q.Req}
			for _, uid := range q.UIDs {
				answer.Users = append(answer.Users, msgdef.User{UID: uid, Name: fmt.Sprint("u", uid)})
			}
			p.send(&answer)
		}
		if err := <-failed; err != nil {
			t.Error(err)
		}
		if _, err := c.Lookup(t.Context(), string(make([]byte, 65))); !errors.Is(err, ErrArgument) {
			t.Errorf("a name too long: %v", err)
		}
	})
}

func TestNamesAreBounded(t *testing.T) {
	n := newNames()
	now := time.Unix(0, 0)
	for i := range uint64(2 * maxNames) {
		n.add(msgdef.User{UID: i, Name: fmt.Sprint("u", i)}, now)
	}
	n.add(msgdef.User{UID: 1 << 40, Name: "u7"}, now) // a name that moved
	n.add(msgdef.User{UID: 1 << 40, Name: "renamed"}, now)
	if len(n.byUID) > maxNames || len(n.byName) != len(n.byUID) || n.byUID[1<<40].name != "renamed" {
		t.Errorf("%d users, %d names", len(n.byUID), len(n.byName))
	}
	for uid, entry := range n.byUID {
		if n.byName[entry.name].uid != uid {
			t.Errorf("user %d has the name of another", uid)
		}
	}
}

func TestOnline(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		var got Presence
		failed := later(func() (err error) { got, err = c.Online(t.Context(), 8, 9); return err })
		q := expect[msgdef.GetPresence](p)
		p.send(&msgdef.Presence{Req: q.Req, Total: 12, Users: []msgdef.Online{{UID: 8, Devices: 2, Since: 5}}})
		if err := <-failed; err != nil || got.Total != 12 || !slices.Equal(got.Users, []msgdef.Online{{UID: 8, Devices: 2, Since: 5}}) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
