package client

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// seen is how users are who are online.
func seen(uids ...uint64) (list []msgdef.PresenceState) {
	for _, uid := range uids {
		list = append(list, msgdef.PresenceState{UID: uid, Online: true})
	}
	return list
}

// another is how users are who are online with one more device.
func another(uids ...uint64) []msgdef.PresenceState {
	list := seen(uids...)
	for i := range list {
		list[i].Devices++
	}
	return list
}

// TestWindows moves a window, and has a new connection ask for the one there is, and
// for who is watched by name.
func TestWindows(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var heard, gone []uint64
		o := g.options()
		o.OnPresence = func(list []msgdef.PresenceState) {
			for _, s := range list {
				if s.Code == msgdef.CodeForbidden {
					gone = append(gone, s.UID)
				} else {
					heard = append(heard, s.UID)
				}
			}
		}
		c, p := g.online(o, msgdef.LoginOK{})
		group := msgdef.GroupConv(5)
		move := func(after uint64, limit int, want msgdef.WatchPresence, uids ...uint64) {
			t.Helper()
			moved := later(func() error {
				w, err := c.WatchMembers(t.Context(), group, after, limit)
				if len(w.States) != len(uids) || !w.More {
					t.Errorf("%+v", w)
				}
				return err
			})
			q := expect[msgdef.WatchPresence](p)
			want.Req, want.Via, want.Window = q.Req, group, true
			if q.After != want.After || q.Limit != want.Limit || !q.Window || q.Via != group || len(q.UIDs) > 0 {
				t.Errorf("asks %+v", q)
			}
			p.send(&msgdef.WatchingPresence{Req: q.Req, List: seen(uids[:1]...), More: true},
				&msgdef.WatchingPresence{Req: q.Req, Last: true, List: seen(uids[1:]...), More: true},
				&msgdef.PresenceChanged{List: another(uids[0])}) // right behind it, and not lost
			if err := <-moved; err != nil {
				t.Error(err)
			}
		}
		named := later(func() error { _, err := c.WatchPresence(t.Context(), group, 3); return err })
		p.send(&msgdef.WatchingPresence{Req: expect[msgdef.WatchPresence](p).Req, Last: true, List: seen(3)})
		if err := <-named; err != nil {
			t.Fatal(err)
		}
		move(0, 0, msgdef.WatchPresence{}, 1, 2, 3)
		move(2, 10_000, msgdef.WatchPresence{After: 2, Limit: 500}, 4, 5)
		if got := c.Watched(); !slices.Equal(got, []uint64{3, 4, 5}) {
			t.Errorf("watches %d", got)
		}
		p.send(&msgdef.PresenceChanged{List: another(1, 3)}, &msgdef.PresenceChanged{List: another(3)}) // once
		synctest.Wait()
		if !slices.Equal(heard, []uint64{1, 4, 3}) {
			t.Errorf("heard of %d", heard)
		}
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		for range 2 {
			q := expect[msgdef.WatchPresence](p)
			switch {
			case q.Window && q.After == 2 && q.Limit == 500 && q.Via == group:
				p.send(&msgdef.WatchingPresence{Req: q.Req, Last: true, List: seen(4, 6)}) // 5 has left the group
			case !q.Window && slices.Equal(q.UIDs, []uint64{3}):
				p.send(&msgdef.WatchingPresence{Req: q.Req, Last: true, List: seen(3)})
			default:
				t.Errorf("asks %+v", q)
			}
		}
		synctest.Wait()
		if !slices.Equal(gone, []uint64{5}) {
			t.Errorf("is told that nothing more comes of %d", gone)
		}
		if got := c.Watched(); !slices.Equal(got, []uint64{3, 4, 6}) {
			t.Errorf("watches %d on a new connection", got)
		}
		if err := c.UnwatchPresence(4, 6); err != nil {
			t.Fatal(err)
		}
		expect[msgdef.UnwatchPresence](p)
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		if q := expect[msgdef.WatchPresence](p); q.Window || !slices.Equal(q.UIDs, []uint64{3}) {
			t.Errorf("asks %+v", q)
		}
		p.silent(time.Second)
	})
}

// TestWindowOfAChangingGroup has members come and go while a window of them is watched:
// as rows of the inbox, as messages that a big group's members follow, and by what this
// client does itself. Changes that follow one another cost one question.
func TestWindowOfAChangingGroup(t *testing.T) {
	add := func(uid uint64) msgdef.GroupChange {
		return msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{uid}}
	}
	for name, change := range map[string]func(c *Client, p *peer, n uint64){
		"in the inbox": func(_ *Client, p *peer, n uint64) {
			p.send(changed(n, n, false, add(50+n)))
		},
		"in a big group": func(_ *Client, p *peer, n uint64) {
			if n == 1 {
				p.send(adding(1, 1))
				p.watched(msgdef.CodeOK, 1)
				return
			}
			says := add(50 + n)
			m := msgdef.Message{Conv: testGroup, CSeq: n, From: 8, Device: 1, Counter: n, At: 1000, Kind: msgdef.ContentGroup, Body: says.Append(nil)}
			p.send(&msgdef.NotifyConv{Message: m.Append(nil)})
		},
		"by this client": func(c *Client, p *peer, n uint64) {
			says := add(50 + n)
			done := later(func() error { _, err := c.ChangeGroup(p.t.Context(), testGroup, &says); return err })
			p.send(&msgdef.SendAck{Counter: expect[msgdef.Send](p).Counter, CSeq: n, At: 1000})
			p.watched(msgdef.CodeForbidden, 0) // it is a small one
			if err := <-done; err != nil {
				p.t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, g *gate) {
				var heard []msgdef.PresenceState
				o := g.options()
				o.OnPresence = func(list []msgdef.PresenceState) { heard = append(heard, list...) }
				c, p := g.online(o, msgdef.LoginOK{})
				change(c, p, 1)
				p.silent(2*windowPause, msgdef.TypeAck) // nobody looks at the members
				watching := later(func() error { _, err := c.WatchMembers(t.Context(), testGroup, 0, 3); return err })
				p.send(&msgdef.WatchingPresence{Req: expect[msgdef.WatchPresence](p).Req, Last: true, List: seen(3, 60)}) // not told once more
				if err := <-watching; err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				change(c, p, 2)
				change(c, p, 3)
				p.silent(windowPause-time.Millisecond, msgdef.TypeAck)
				q := expect[msgdef.WatchPresence](p)
				if late := time.Since(began); !q.Window || q.Via != testGroup || q.Limit != 3 || late > windowPause {
					t.Fatalf("asks %+v after %v", q, late)
				}
				p.send(&msgdef.WatchingPresence{Req: q.Req, Last: true, List: seen(3, 52, 53), More: true})
				synctest.Wait()
				want := append(seen(52, 53), msgdef.PresenceState{UID: 60, Code: msgdef.CodeForbidden})
				if !slices.Equal(heard, want) {
					t.Errorf("heard %+v", heard)
				}
				if got := c.Watched(); !slices.Equal(got, []uint64{3, 52, 53}) {
					t.Errorf("watches %d", got)
				}
				p.silent(2*windowPause, msgdef.TypeAck)
			})
		})
	}
}

// TestRefusedWindow has a new connection's question refused: for now, and it is asked
// again; for good, and the application is told that nothing more comes.
func TestRefusedWindow(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		var gone []uint64
		o := g.options()
		o.OnPresence = func(list []msgdef.PresenceState) {
			for _, s := range list {
				if s.Code != msgdef.CodeForbidden {
					t.Errorf("hears %+v", s)
				}
				gone = append(gone, s.UID)
			}
		}
		c, p := g.online(o, msgdef.LoginOK{})
		watches := func(via msgdef.Conversation, uids ...uint64) {
			t.Helper()
			watched := later(func() error { _, err := c.WatchPresence(t.Context(), via, uids...); return err })
			p.send(&msgdef.WatchingPresence{Req: expect[msgdef.WatchPresence](p).Req, Last: true, List: seen(append(uids, 7)...)})
			if err := <-watched; err != nil {
				t.Fatal(err)
			}
		}
		watches(msgdef.GroupConv(5))
		watches(msgdef.Conversation{}, 3)
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		var named uint64
		refuse := func(retry uint32, window, other msgdef.ErrorCode) {
			t.Helper()
			for range 2 {
				q := expect[msgdef.WatchPresence](p)
				e := msgdef.Error{Of: uint16(msgdef.TypeWatchPresence), Req: q.Req, RetryAfter: retry, Code: window}
				if !q.Window {
					named++
					e.Code = other
				}
				p.send(&e)
			}
		}
		refuse(2000, msgdef.CodeBusy, msgdef.CodeUnavailable)
		p.silent(time.Second)
		if got := c.Watched(); len(gone) > 0 || !slices.Equal(got, []uint64{3, 7}) {
			t.Errorf("watches %d meanwhile, and not %d", got, gone)
		}
		refuse(0, msgdef.CodeForbidden, msgdef.CodeForbidden)
		synctest.Wait()
		slices.Sort(gone)
		if got := c.Watched(); !slices.Equal(gone, []uint64{3, 7}) || len(got) > 0 || named != 2 {
			t.Errorf("watches %d, and not %d", got, gone)
		}
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		p.silent(time.Second)
	})
}

// TestOnlineMembers tells a count, and that a server from before there were any has none.
func TestOnlineMembers(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		for at, want := range map[int64]msgdef.ErrorCode{0: msgdef.CodeUnavailable, 1000: msgdef.CodeOK} {
			var n GroupPresence
			asked := later(func() (err error) { n, err = c.OnlineMembers(t.Context(), msgdef.GroupConv(5)); return err })
			q := expect[msgdef.GetPresence](p)
			if q.Via != msgdef.GroupConv(5) || len(q.UIDs) > 0 {
				t.Errorf("asks %+v", q)
			}
			p.send(&msgdef.Presence{Req: q.Req, Total: 5, Members: 9, At: at})
			if err := <-asked; want != msgdef.CodeOK {
				wantCode(t, err, want)
			} else if err != nil || (n.Online != 5 || n.Members != 9 || n.At.UnixMilli() != at) {
				t.Errorf("%+v, %v", n, err)
			}
		}
	})
}
