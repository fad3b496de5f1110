package contracttest

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// Most items of a call about media, see rpc.
const maxMediaRefs = 32

// mediaAccess asks for tokens and for links to what is not there.
func mediaAccess(t *testing.T, s serviceTest) {
	for range 2 {
		query := &rpc.MediaTokenQuery{UID: s.alice}
		token := must[rpc.MediaTokenReply](t)(s.MediaToken(within(t), query))
		loopback.Poison(query)
		if token.URL == "" || len(token.Token) == 0 || token.Expires == 0 || token.Most == 0 {
			t.Errorf("token: %+v", token)
		}
		loopback.Poison(token)

		ids := [][16]byte{{1}, {2}}
		links := &rpc.MediaLinksQuery{UID: s.alice, Refs: []msgdef.MediaRef{{ID: ids[0]}, {ID: ids[1], Conv: s.foreign(), CSeq: 1}}}
		found := must[rpc.MediaLinksReply](t)(s.MediaLinks(within(t), links))
		loopback.Poison(links)
		if len(found.List) != 2 || found.Expires == 0 || found.List[0].ID != ids[0] || found.List[0].Code != msgdef.CodeUnknownMedia ||
			found.List[1].ID != ids[1] || found.List[1].Code != msgdef.CodeForbidden || found.List[0].URL != "" {
			t.Errorf("links: %+v", found)
		}
		loopback.Poison(found)
	}
	_, err := s.MediaLinks(within(t), &rpc.MediaLinksQuery{UID: s.alice, Refs: make([]msgdef.MediaRef, maxMediaRefs+1)})
	refused(t, "too many links", err, msgdef.CodeBadArgument)
	_, err = s.MediaToken(within(t), &rpc.MediaTokenQuery{UID: 1 << 40})
	refused(t, "a token for nobody", err, msgdef.CodeUnknownUser)
	_, err = s.MediaToken(cancelled(), &rpc.MediaTokenQuery{UID: s.alice})
	refused(t, "MediaToken with a context that has ended", err, msgdef.CodeTimeout)
	_, err = s.MediaLinks(cancelled(), &rpc.MediaLinksQuery{UID: s.alice})
	refused(t, "MediaLinks with a context that has ended", err, msgdef.CodeTimeout)
	item := s.from(1, 1)
	body := msgdef.Media{ID: [16]byte{9}, Type: "image/png", Bytes: 3}
	item.Kind, item.Body = msgdef.ContentImage, body.Append(nil)
	to := newSink()
	loopback.Poison(s.send(t, to, item))
	if r := to.await(t, 1)[0]; r.Code != msgdef.CodeUnknownMedia {
		t.Errorf("a message with media that are not there: %+v", r)
	}
}
