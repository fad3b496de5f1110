package contracttest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// signIns tells of sessions twice, and asks for them page by page.
func signIns(t *testing.T, s serviceTest) {
	item := func(conn uint64, ended int64) rpc.SignedIn {
		in := rpc.SignedIn{UID: s.alice, Device: testDevice, Conn: conn, Life: 4, Began: 1000 + int64(conn), Ended: ended, Platform: msgdef.PlatformWeb, Address: "192.0.2.1"}
		if ended != 0 {
			in.End = msgdef.EndIdle
		}
		return in
	}
	for range 2 {
		batch := &rpc.SignInBatch{Gate: "g", Life: 5, Items: []rpc.SignedIn{
			item(1, 0), item(2, 0), item(3, 0), item(2, 3000), {UID: s.bob, Device: 1, Conn: 9, Life: 5, Began: 1},
		}}
		if err := s.KeepSignIns(within(t), batch); err != nil {
			t.Fatal(err)
		}
		loopback.Poison(batch)
	}
	var list []msgdef.SignIn
	for query := (rpc.SignInsQuery{UID: s.alice, Limit: 2}); ; {
		asked := query
		reply := must[rpc.SignInsReply](t)(s.SignIns(within(t), &asked))
		loopback.Poison(&asked)
		for i := range reply.List {
			list = append(list, *reply.List[i].Clone())
		}
		more := reply.More
		loopback.Poison(reply)
		if !more {
			break
		}
		last := &list[len(list)-1]
		query.Before, query.Conn, query.Gate = last.Began, last.Conn, last.Gate
	}
	for i := range list { // of the life before nobody knows more
		if i != 1 && (list[i].End != msgdef.EndGateLost || list[i].Ended == 0) {
			t.Errorf("session %d of an earlier life: %+v", i, list[i])
		}
		list[i].Ended, list[i].End = 0, 0
	}
	want := []msgdef.SignIn{}
	for _, conn := range []uint64{3, 2, 1} {
		want = append(want, msgdef.SignIn{Device: testDevice, Platform: msgdef.PlatformWeb, Address: "192.0.2.1", Gate: "g", Conn: conn, Began: 1000 + int64(conn)})
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	for what, bad := range map[string]*rpc.SignInBatch{
		"no gate": {Life: 1}, "no life": {Gate: "g"}, "nobody": {Gate: "g", Life: 9, Items: []rpc.SignedIn{{Began: 1, Life: 9}}},
		"an end without a time": {Gate: "g", Life: 9, Items: []rpc.SignedIn{{UID: 1, Began: 1, Life: 9, End: msgdef.EndIdle}}},
		"a life to come":        {Gate: "g", Life: 9, Items: []rpc.SignedIn{{UID: 1, Began: 1, Life: 10}}},
	} {
		refused(t, what, s.KeepSignIns(within(t), bad), msgdef.CodeBadArgument)
	}
	call := batchCall{"KeepSignIns", maxSends, func(ctx context.Context, n int) (int, error) {
		items := repeat(n, func(i int) rpc.SignedIn { return rpc.SignedIn{UID: s.bob, Conn: uint64(i), Life: 5, Began: 2} })
		return n, s.KeepSignIns(ctx, &rpc.SignInBatch{Gate: "g", Life: 5, Items: items})
	}}
	call.sizes(t)
	call.ended(t)
}
