package chat

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/msgdef"
)

// TestParse reads every kind of line.
func TestParse(t *testing.T) {
	tests := []struct {
		line string
		want command // nil: refused
	}{
		{"bob;;hello", send{"bob", "hello"}},
		{" bob ;; hello there \r\n", send{"bob", " hello there "}},
		{"bob;;a;;b", send{"bob", "a;;b"}},
		{"bob;;:q", send{"bob", ":q"}},
		{"", empty{}},
		{"  \t", empty{}},
		{":olu", online{}},
		{":push log", register{msgdef.PushLog, "chat"}},
		{":push webhook abc", register{msgdef.PushWebhook, "abc"}},
		{":push off", register{}},
		{":push", nil},
		{":push webhook", nil},
		{":push pigeon x", nil},
		{":q", quit{}},
		{" :q ", quit{}},
		{":help", help{}},
		{":history bob", history{"bob", historyPage}},
		{":history bob 5", history{"bob", 5}},
		{":history #Book_Club", history{"#Book_Club", historyPage}},
		{"#Book Club;;hi", send{"#Book Club", "hi"}},
		{":found Book_Club bob carol", found{"Book Club", []string{"bob", "carol"}}},
		{":found #Alone", found{"Alone", []string{}}},
		{":reply bob 12  yes,  no ", reply{"bob", 12, "yes,  no"}},
		{":reply #club #3 3", reply{"#club", 3, "3"}},
		{":edit bob 3 new  text", revise{"bob", 3, msgdef.ContentEdit, "new  text", false}},
		{":recall #club 3", revise{"#club", 3, msgdef.ContentRecall, "", false}},
		{":unreact bob 3 👍", revise{"bob", 3, msgdef.ContentReaction, "👍", true}},
		{":pin bob #3", revise{"bob", 3, msgdef.ContentPin, "", false}},
		{":pins #club", pins{"#club"}},
		{":pins", nil},
		{":watch alice bob", watch{with: []string{"alice", "bob"}}},
		{":watch #club", watch{with: []string{"#club"}}},
		{":watch #club after bob", watch{[]string{"#club"}, "bob"}},
		{":watch #club after", nil},
		{":keep bob 30", keep{"bob", 30}},
		{":keep bob 0", keep{"bob", 0}},
		{":keep bob", nil},
		{":keep bob never", nil},
		{":keep bob 65536", nil},
		{":online #club", present{"#club"}},
		{":online", nil},
		{":watch #club bob", nil},
		{":invisible", invisible{true}},
		{":signins", signIns{signInPage}},
		{":signins 5", signIns{5}},
		{":export my account.jsonl", exportTo{"my account.jsonl"}},
		{":signins 101", nil},
		{":send bob  my  cat.png ", attach{"bob", "my  cat.png"}},
		{":send bob", nil},
		{":save #club 3 a b.png", save{"#club", 3, "a b.png"}},
		{":save bob x a.png", nil},
		{":save bob 3", nil},
		{":fade bob 90 for  now", fade{"bob", 90 * time.Second, "for  now"}},
		{":fade bob 0 x", nil},
		{":later", laters{}},
		{":later cancel 7", unlater{7}},
		{":later cancel 7m", nil},
		{":later cancel 7m and", laterFor{to: "cancel", after: 7 * time.Minute, text: "and"}},
		{":later bob 90s good  morning", laterFor{to: "bob", after: 90 * time.Second, text: "good  morning"}},
		{":later #club 18:30 supper", laterFor{to: "#club", clock: 18*time.Hour + 30*time.Minute, text: "supper"}},
		{":later bob 00:00 x", laterFor{to: "bob", text: "x"}},
		{":later bob 24:00 x", nil},
		{":later bob -5m x", nil},
		{":later bob 5m", nil},
		{":later bob", nil},
		{":search everywhere two  words", search{"", "two  words"}},
		{":search #club #club", search{"#club", "#club"}},
		{":search bob", nil},
		{":typing #club", typing{"#club"}},
		{":fade bob 4294967296 x", nil},
		{":fade bob 9", nil},
		{":archive bob", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingArchive}, newest: true}},
		{":unarchive #club", wish{to: "#club", set: msgdef.Setting{Act: msgdef.SettingArchive, Off: true}}},
		{":silence bob 5", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingMute}, lasts: 5 * time.Minute}},
		{":silence bob 0", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingMute, Off: true}}},
		{":top bob", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingPin, Place: 1}}},
		{":top bob 3", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingPin, Place: 3}}},
		{":draft bob  dear  Bob", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingDraft, Draft: msgdef.TalkDraft{Text: "dear  Bob"}}}},
		{":draft bob", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingDraft, Off: true}}},
		{":delete bob 3 #4", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{3, 4}}}},
		{":clear bob", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingClear}, newest: true}},
		{":clear bob 7", wish{to: "bob", set: msgdef.Setting{Act: msgdef.SettingClear, CSeq: 7}}},
		{":archive", nil},
		{":archive bob carol", nil},
		{":silence bob", nil},
		{":silence bob x", nil},
		{":silence bob 999999999", nil},
		{":top bob 0", nil},
		{":delete bob", nil},
		{":delete bob x", nil},
		{":clear bob 0", nil},
		{":edit bob 3", nil},
		{":recall bob", nil},
		{":pin bob x", nil},
		{":find #book_c", find{"book c"}},
		{":members #club", members{"#club"}},
		{":talks", talks{}},
		{":join #club", act{group: "#club", users: []string{}, change: msgdef.GroupChange{Act: msgdef.GroupJoin}}},
		{":ban #club bob", act{group: "#club", users: []string{"bob"}, change: msgdef.GroupChange{Act: msgdef.GroupBan}}},
		{":role #club admin bob", act{group: "#club", users: []string{"bob"}, change: msgdef.GroupChange{Act: msgdef.GroupRank, Role: msgdef.RoleAdmin}}},
		{":mute #club 5 bob", act{group: "#club", users: []string{"bob"}, change: msgdef.GroupChange{Act: msgdef.GroupMute}, lasts: 5 * time.Minute}},
		{":talks all", nil},
		{":join club", nil},
		{":join #club bob", nil},
		{":invite #club", nil},
		{":role #club owner bob", nil},
		{":mute #club -1 bob", nil},
		{":mute #club 999999999 bob", nil},
		{":set #club", nil},
		{":set #club open wide", nil},
		{":transfer #club bob carol", nil},
		{":reply bob x y", nil},
		{":reply bob 0 y", nil},
		{":reply bob 1", nil},
		{":found", nil},
		{":sleep 0.5", pause{500 * time.Millisecond}},
		{"hello", nil},
		{"bob;hello", nil},
		{";;hello", nil},
		{"bob;;", nil},
		{"bob;;\xff", nil},
		{":nope", nil},
		{":", nil},
		{":q now", nil},
		{":olu all", nil},
		{":history", nil},
		{":history bob 0", nil},
		{":history bob 201", nil},
		{":history bob x", nil},
		{":history bob 1 2", nil},
		{":sleep", nil},
		{":sleep -1", nil},
		{":sleep NaN", nil},
		{":sleep 1e9", nil},
	}
	for _, tt := range tests {
		got, err := parse(tt.line)
		var wrong *LineError
		switch {
		case tt.want == nil && !errors.As(err, &wrong):
			t.Errorf("%q: got %v, %v", tt.line, got, err)
		case tt.want != nil && (err != nil || !reflect.DeepEqual(got, tt.want)):
			t.Errorf("%q: got %#v, %v, want %#v", tt.line, got, err, tt.want)
		}
	}
}

// FuzzParse never fails other than by a *LineError, and accepts what it
// understood again.
func FuzzParse(f *testing.F) {
	f.Add("bob;;hello")
	f.Add(":history bob 5")
	f.Add(":sleep 1")
	f.Fuzz(func(t *testing.T, line string) {
		got, err := parse(line)
		var wrong *LineError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		if s, ok := got.(send); ok && (s.to == "" || s.text == "") {
			t.Fatalf("an empty send: %#v", s)
		}
	})
}

// TestPrintable takes the power from what others write.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain text":          "plain text",
		"您好 👩\u200d👩\u200d👧":  "您好 👩\u200d👩\u200d👧",
		"\x1b[2Jgone":         `\u001b[2Jgone`,
		"two\nlines\tand tab": `two\nlines    and tab`,
		"\u202Ebackwards":     `\u202ebackwards`,
		"broken \xff byte":    `broken \xff byte`,
		"real \uFFFD mark":    "real \uFFFD mark",
		"bell\a\r":            `bell\u0007\u000d`,
		"\u009b31m":           `\u009b31m`,
	} {
		if diff := cmp.Diff(want, printable(text)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestHelpText names every command that parses.
func TestHelpText(t *testing.T) {
	for _, name := range []string{";;", ":history", ":olu", ":push", ":sleep", ":help", ":q"} {
		if !strings.Contains(helpText, name) {
			t.Errorf("help lacks %s", name)
		}
	}
}
