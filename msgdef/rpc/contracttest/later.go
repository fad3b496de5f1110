package contracttest

import (
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// laters has messages wait, and be taken back; others do not learn of them.
func laters(t *testing.T, s serviceTest) {
	at := time.Now().Add(time.Hour).UnixMilli()
	wait := msgdef.Later{At: at, Conv: s.pair(), Kind: msgdef.ContentText, Body: []byte("later")}
	for i, c := range []struct {
		kind msgdef.ContentKind
		body []byte
		want msgdef.ErrorCode
	}{
		{msgdef.ContentLater, wait.Append(nil), msgdef.CodeOK},
		{msgdef.ContentLater, wait.Append(nil), msgdef.CodeOK},
		{msgdef.ContentLaterOff, (&msgdef.LaterOff{CSeq: 1}).Append(nil), msgdef.CodeOK},
		{msgdef.ContentLaterOff, (&msgdef.LaterOff{CSeq: 1}).Append(nil), msgdef.CodeUnknownLater},
		{msgdef.ContentLaterDone, (&msgdef.LaterDone{CSeq: 2}).Append(nil), msgdef.CodeBadArgument},
	} {
		item := s.from(1, 1+uint64(i))
		item.Conv, item.Kind, item.Body = msgdef.Stream(s.alice), c.kind, c.body
		to := newSink()
		loopback.Poison(s.send(t, to, item))
		if r := to.await(t, 1)[0]; r.Code != c.want {
			t.Errorf("item %d: %+v, want %v", i, r, c.want)
		}
	}
	for uid, n := range map[uint64]int{s.alice: 1, s.bob: 0} {
		query := &rpc.LatersQuery{UID: uid}
		reply := must[rpc.LatersReply](t)(s.Laters(within(t), query))
		loopback.Poison(query)
		if len(reply.List) != n || n > 0 && (reply.List[0].CSeq != 2 || string(reply.List[0].Later.Body) != "later" || reply.List[0].Later.At != at) {
			t.Errorf("of %d waits %+v", uid, reply)
		}
		loopback.Poison(reply)
	}
	_, err := s.Laters(cancelled(), &rpc.LatersQuery{UID: s.alice})
	refused(t, "Laters with a context that has ended", err, msgdef.CodeTimeout)
}
