package client

import (
	"errors"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

// TestSearch goes on from answer to answer, also over a connection that is lost and
// over an answer that has found nothing yet.
func TestSearch(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		done := make(chan []uint64)
		go func() {
			var cseqs []uint64
			for m, err := range c.Search(t.Context(), "x", testConv) {
				if err != nil {
					t.Error(err)
					break
				}
				cseqs = append(cseqs, m.CSeq)
			}
			done <- cseqs
		}()
		q := expect[msgdef.FindMessages](p)
		if q.Text != "x" || q.Conv != testConv || q.Before != 0 {
			t.Errorf("asked %+v", q)
		}
		p.send(&msgdef.FoundMessages{Req: q.Req, More: true, At: testConv, Before: 7, Messages: [][]byte{stored(9, 8, 1, 1)}},
			&msgdef.FoundMessages{Req: q.Req, Last: true, More: true, At: testConv, Before: 7, Messages: [][]byte{stored(8, 8, 1, 1)}})
		q = expect[msgdef.FindMessages](p)
		if q.At != testConv || q.Before != 7 {
			t.Errorf("asked %+v", q)
		}
		p.conn.Close()
		p = g.admit(msgdef.LoginOK{})
		q = expect[msgdef.FindMessages](p)
		p.send(&msgdef.FoundMessages{Req: q.Req, Last: true, More: true, At: testConv, Before: 3})
		q = expect[msgdef.FindMessages](p)
		p.send(&msgdef.FoundMessages{Req: q.Req, Last: true, Messages: [][]byte{stored(2, 8, 1, 1)}})
		if got := <-done; !slices.Equal(got, []uint64{9, 8, 2}) {
			t.Errorf("found %v", got)
		}
	})
}

// TestSearchWithoutEnd ends a search that does not go on, and asks for nothing that
// cannot be.
func TestSearchWithoutEnd(t *testing.T) {
	bubble(t, func(t *testing.T, g *gate) {
		c, p := g.online(g.options(), msgdef.LoginOK{})
		if _, err := c.FindMessages(t.Context(), string(make([]byte, 129)), testConv, SearchPlace{}); !errors.Is(err, ErrArgument) {
			t.Errorf("too long a text: %v", err)
		}
		failed := make(chan error)
		go func() {
			_, err := c.FindMessages(t.Context(), "x", testConv, SearchPlace{testConv, 7})
			failed <- err
		}()
		q := expect[msgdef.FindMessages](p)
		p.send(&msgdef.FoundMessages{Req: q.Req, Last: true, More: true, At: testConv, Before: 7})
		if err := <-failed; !errors.Is(err, ErrProtocol) {
			t.Errorf("at the same place again: %v", err)
		}
	})
}
