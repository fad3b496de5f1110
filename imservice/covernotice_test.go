package imservice

import (
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// lastTold is what was told of the newest message of a conversation: to whom, and what
// it says as bodies has it.
func (w *world) lastTold(conv msgdef.Conversation, cseq uint64, people int) (told map[uint64]string) {
	w.t.Helper()
	eventually(func() bool {
		told = map[uint64]string{}
		for _, n := range w.notices.all() {
			if m := decode(w.t, n.message); m.Conv == conv && m.CSeq == cseq {
				told[n.UID] = bodies(w.t, [][]byte{n.message})[0]
			}
		}
		return len(told) == people
	})
	return told
}

// TestEditsOfWhatIsDeletedAreNotTold edits messages that some have deleted, also in the
// same commit, or cleared: everybody is told, and those without what the edit says.
func TestEditsOfWhatIsDeletedAreNotTold(t *testing.T) {
	w := newCrowd(t, 5, 5, msgdef.GroupInfo{})
	pair := msgdef.Pair(1, 2)
	w.send(text(1, 2, 10, "one"), text(1, 2, 11, "two"))
	w.says(1, 12, "three") // 2 of the club
	want := func(conv msgdef.Conversation, cseq uint64, says map[uint64]string) {
		t.Helper()
		if got := w.lastTold(conv, cseq, len(says)); fmt.Sprint(got) != fmt.Sprint(says) {
			t.Errorf("of %d they hear %v, want %v", cseq, got, says)
		}
	}
	w.send(sets(2, 20, pair, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{1}}),
		sets(3, 20, club, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{2}}))
	w.send(sets(4, 20, club, msgdef.Setting{Act: msgdef.SettingClear, CSeq: 2}),
		sets(5, 20, club, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{1}}),
		event(1, 13, pair, msgdef.ContentEdit, edited(1, "ONE")),
		event(1, 14, pair, msgdef.ContentEdit, edited(2, "TWO")),
		event(1, 15, club, msgdef.ContentEdit, edited(2, "THREE")))
	want(pair, 3, map[uint64]string{1: "edit ONE", 2: "edit -"})
	want(pair, 4, map[uint64]string{1: "edit TWO", 2: "edit TWO"})
	want(club, 3, map[uint64]string{1: "edit THREE", 2: "edit THREE", 3: "edit -", 4: "edit -", 5: "edit THREE"})
	for uid := range uint64(5) { // what they are told is what they read
		for _, n := range w.notices.all() {
			m := decode(t, n.message)
			if n.UID != uid+1 || m.Kind != msgdef.ContentEdit {
				continue
			}
			page := w.conv(rpc.ConvPull{UID: n.UID, Conv: m.Conv, After: m.CSeq - 1, Limit: 1})
			if string(page.Messages[0]) != string(n.message) {
				t.Errorf("%d is told of %+v, and reads %+v", n.UID, m, decode(t, page.Messages[0]))
			}
		}
	}
	if s := w.server.Stats(); s.Repeats != 0 || s.Refused != 0 {
		t.Errorf("%+v", s)
	}
}
