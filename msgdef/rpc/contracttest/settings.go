package contracttest

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// settings has what a user sets come back with their conversations, and what they
// delete not come back to them; to others it does.
func settings(t *testing.T, s serviceTest) {
	to := newSink()
	loopback.Poison(s.send(t, to, s.from(1, 1), s.from(1, 2)))
	to.await(t, 2)
	for i, set := range []msgdef.Setting{
		{Conv: s.pair(), Act: msgdef.SettingPin, Place: 5},
		{Conv: s.pair(), Act: msgdef.SettingDraft, Draft: msgdef.TalkDraft{Text: "draft", Reply: 1}},
		{Conv: s.pair(), Act: msgdef.SettingDelete, CSeqs: []uint64{2}},
		{Conv: msgdef.Pair(s.bob, s.bob), Act: msgdef.SettingDelete, CSeqs: []uint64{1}},
	} {
		item := s.from(1, 3+uint64(i))
		item.Conv, item.Kind, item.Body = msgdef.Stream(s.alice), msgdef.ContentSetting, set.Append(nil)
		to := newSink()
		loopback.Poison(s.send(t, to, item))
		r := to.await(t, 1)[0]
		if ok := i < 3; ok != (r.Code == msgdef.CodeOK) || ok && r.CSeq != uint64(i)+1 || !ok && r.Code != msgdef.CodeForbidden {
			t.Errorf("setting %d: %+v", i, r)
		}
	}
	for uid, hides := range map[uint64]bool{s.alice: true, s.bob: false} {
		talks := must[rpc.TalksReply](t)(s.Talks(within(t), &rpc.TalksQuery{UID: uid}))
		var state msgdef.TalkState
		if len(talks.List) != 1 || len(talks.List[0].State) > 0 != hides || hides && state.Decode(talks.List[0].State) != nil {
			t.Fatalf("conversations of %d: %+v", uid, talks)
		}
		if hides && (state.Changed != 3 || state.Place != 5 || state.Draft.Text != "draft" || state.Deleted != 1) {
			t.Errorf("set: %+v", state)
		}
		loopback.Poison(talks)
		pages := must[rpc.ConvPages](t)(s.GetConv(within(t), &rpc.ConvPulls{Items: []rpc.ConvPull{{UID: uid, Conv: s.pair()}}}))
		if n := len(pages.Items[0].Messages); n != 2 {
			t.Fatalf("%d messages for %d", n, uid)
		}
		var m msgdef.Message
		if err := m.Decode(pages.Items[0].Messages[1]); err != nil || len(m.Body) == 0 != hides {
			t.Errorf("what was deleted, for %d: %+v, %v", uid, m, err)
		}
		loopback.Poison(pages)
	}
}
