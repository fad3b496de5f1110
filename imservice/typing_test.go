package imservice

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestTyping has only those heard who may write.
func TestTyping(t *testing.T) {
	w := newCrowd(t, 6, 4, msgdef.GroupInfo{Entry: msgdef.EntryAsk})
	hear := func(uid uint64, conv msgdef.Conversation, want ...uint64) {
		t.Helper()
		reply, err := w.server.Typing(context.Background(), &rpc.Typings{Items: []rpc.Typing{{UID: uid, Conv: conv}}})
		w.must(err)
		var got []uint64
		for _, h := range reply.Tell {
			got = append(got, h.UID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d writes: %v hear, want %v", uid, got, want)
		}
	}
	w.acts(5, 1, msgdef.GroupChange{Act: msgdef.GroupAsk})
	hear(1, club, 2, 3, 4)
	hear(4, club, 1, 2, 3)
	hear(5, club)
	hear(6, club)
	hear(99, club)
	hear(1, msgdef.GroupConv(99))
	hear(1, msgdef.Pair(1, 2))
	w.acts(1, 10, msgdef.GroupChange{Act: msgdef.GroupMute, UIDs: []uint64{4}, Until: w.clock.now().Add(time.Hour).UnixMilli()})
	hear(4, club)
	hear(3, club, 1, 2, 4)
	w.clock.add(time.Hour)
	hear(4, club, 1, 2, 3)
	w.acts(1, 11, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{4}})
	hear(4, club)
	w.acts(1, 12, msgdef.GroupChange{Act: msgdef.GroupInform, Info: msgdef.GroupInfo{Name: "Club", Quiet: true}})
	hear(3, club)
	hear(1, club, 2, 3)
	w.acts(1, 13, msgdef.GroupChange{Act: msgdef.GroupDissolve})
	hear(1, club)
}
