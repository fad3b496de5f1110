package gate_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farMedia is the part of a far end that lets users at media.
type farMedia struct{}

func (farMedia) MediaToken(_ context.Context, q *rpc.MediaTokenQuery) (*rpc.MediaTokenReply, error) {
	return &rpc.MediaTokenReply{URL: "https://far", Token: []byte("token"), Expires: int64(q.UID), Most: 9}, nil
}

func (farMedia) MediaLinks(_ context.Context, q *rpc.MediaLinksQuery) (*rpc.MediaLinksReply, error) {
	if len(q.Refs) == 0 {
		return nil, &rpc.Error{Code: msgdef.CodeNoMedia, Detail: "none"}
	}
	reply := &rpc.MediaLinksReply{Expires: int64(q.UID)}
	for _, ref := range q.Refs {
		long := strings.Repeat("u", 768)
		reply.List = append(reply.List, msgdef.MediaLink{ID: ref.ID, Bytes: ref.CSeq, Type: strings.Repeat("t", 127), URL: long, Thumbnail: long})
	}
	return reply, nil
}

// TestMediaAnswers asks for a token, and for more links than fit a frame.
func TestMediaAnswers(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := newWorld(t).login("alice", 1)
		uid := int64(c.welcome.UID)
		c.send(&msgdef.GetMediaToken{Req: 1})
		var token msgdef.MediaToken
		if c.expect(&token); token.Req != 1 || token.URL != "https://far" || !bytes.Equal(token.Token, []byte("token")) || token.Expires != uid || token.Most != 9 {
			t.Errorf("token %+v", token)
		}
		question := &msgdef.GetMediaLinks{Req: 2}
		for i := range uint64(32) {
			question.Refs = append(question.Refs, msgdef.MediaRef{ID: [16]byte{byte(i)}, CSeq: i})
		}
		c.send(question)
		n, frames := 0, 0
		for last := false; !last; frames++ {
			var links msgdef.MediaLinks
			c.expect(&links)
			for _, link := range links.List {
				if links.Req != 2 || links.Expires != uid || link.ID[0] != byte(n) || link.Bytes != uint64(n) || len(link.Thumbnail) != 768 {
					t.Fatalf("link %d is %+v", n, link)
				}
				n++
			}
			last = links.Last
		}
		if n != 32 || frames < 2 {
			t.Errorf("%d links in %d frames", n, frames)
		}
		c.send(&msgdef.GetMediaLinks{Req: 3})
		if e := c.expectError(msgdef.TypeGetMediaLinks, msgdef.CodeNoMedia); e.Req != 3 {
			t.Errorf("%+v", e)
		}
	})
}
