package mobile

import (
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestSettings makes mistakes, and reads what another device has set.
func TestSettings(t *testing.T) {
	c := must(NewClient(config(t), nil))
	defer c.Close()
	if _, err := c.SetPlace(Pair(1, 2), -1); err == nil {
		t.Error("a place below 0")
	}
	if _, err := c.Clear([]byte("short"), 1); err == nil {
		t.Error("no conversation")
	}
	early := must(c.SetDraft(Pair(1, 2), "dear", 0)) // nobody has logged in yet
	if _, err := early.Wait(nil); err == nil || !early.Done() {
		t.Errorf("a setting of nobody: %v", err)
	}
	set := msgdef.Setting{Conv: msgdef.Pair(1, 2), Act: msgdef.SettingDelete, CSeqs: []uint64{4, 9}}
	m := messageOf(&client.Message{Message: msgdef.Message{Kind: msgdef.ContentSetting, Body: set.Append(nil)}})
	got := m.Setting()
	if got == nil || got.Act != int(msgdef.SettingDelete) || got.Deleted() != 2 || got.DeletedAt(1) != 9 || got.DeletedAt(2) != 0 || Peer(got.Conv, 1) != 2 {
		t.Errorf("%+v", got)
	}
	if m.Change() != nil || messageOf(new(client.Message)).Setting() != nil {
		t.Error("a setting is no change, and a message no setting")
	}
	talks := &TalkList{client.TalkPage{Talks: []client.Talk{{State: msgdef.TalkState{Unread: 3, Place: 2, Draft: msgdef.TalkDraft{Text: "dear"}}}}}}
	if s := talks.At(0).State; !s.Unread || s.Place != 2 || s.Draft != "dear" || s.Archived != 0 {
		t.Errorf("%+v", s)
	}
}
