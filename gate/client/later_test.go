package client

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// TestLater queues, changes and takes back, and puts the list together.
func TestLater(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{UID: 1})
		at := time.UnixMilli(9_000)
		draft := &Draft{Conv: testConv, Kind: msgdef.ContentText, Body: []byte("x"), Extra: msgdef.Extra{Reply: 3}}
		for i, queue := range []func() *Handle{
			func() *Handle { return c.QueueLater(draft, at) },
			func() *Handle { return c.ChangeLater(7, draft, at) },
			func() *Handle { return c.CancelLater(8) },
		} {
			queue()
			s := expect[msgdef.Send](p)
			want := (&msgdef.LaterOff{CSeq: 8}).Append(nil)
			if i < 2 {
				want = (&msgdef.Later{At: 9_000, Conv: testConv, Kind: msgdef.ContentText, Body: []byte("x"), Extra: draft.Extra.Append(nil), Instead: uint64(i) * 7}).Append(nil)
			}
			if s.Conv != msgdef.Stream(c.UID()) || len(s.Extra) > 0 || !bytes.Equal(s.Body, want) {
				t.Errorf("send %d: %+v", i, s)
			}
		}
		draft.Body = make([]byte, 7001)
		if _, err := c.QueueLater(draft, at).Wait(t.Context()); !errors.Is(err, ErrArgument) {
			t.Errorf("too long: %v", err)
		}
		listed := make(chan []Later)
		go func() {
			list, err := c.Laters(t.Context())
			if err != nil {
				t.Error(err)
			}
			listed <- list
		}()
		q := expect[msgdef.GetLaters](p)
		l := msgdef.Later{At: 9_000, Conv: testConv, Kind: msgdef.ContentText, Body: []byte("x"), Extra: draft.Extra.Append(nil)}
		p.send(&msgdef.Laters{Req: q.Req, List: []msgdef.PendingLater{{CSeq: 1, Later: l}}},
			&msgdef.Laters{Req: q.Req, Last: true, List: []msgdef.PendingLater{{CSeq: 4, Later: l}}})
		list := <-listed
		if len(list) != 2 || list[1].ID != 4 || !list[1].At.Equal(at) || string(list[1].Body) != "x" || list[1].Extra.Reply != 3 {
			t.Errorf("%+v", list)
		}
	})
}
