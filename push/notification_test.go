package push

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestPreview cuts at characters.
func TestPreview(t *testing.T) {
	for name, tt := range map[string]struct{ body, want string }{
		"short":   {"grüß dich", "grüß dich"},
		"empty":   {"", ""},
		"full":    {strings.Repeat("x", 256), strings.Repeat("x", 256)},
		"long":    {strings.Repeat("x", 257), strings.Repeat("x", 256)},
		"two":     {strings.Repeat("x", 255) + "ü", strings.Repeat("x", 255)},
		"four":    {strings.Repeat("x", 253) + "😀 and more", strings.Repeat("x", 253)},
		"invalid": {"a\xffb", "a\uFFFDb"},
		"noise":   {strings.Repeat("\xff", 8192), "\uFFFD"},
	} {
		if got := preview([]byte(tt.body)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestNotification leaves out what is not text, or shall not be shown.
func TestNotification(t *testing.T) {
	row := &rpc.PushRow{ID: 1, UID: 7, Device: 2, USeq: 3, At: 4}
	for name, tt := range map[string]struct {
		options Options
		kind    msgdef.ContentKind
		want    string
	}{
		"text":   {Options{}, msgdef.ContentText, "body"},
		"hidden": {Options{HideText: true}, msgdef.ContentText, ""},
		"custom": {Options{}, msgdef.ContentCustom, ""},
	} {
		m := msgdef.Message{Conv: msgdef.Pair(6, 7), CSeq: 5, At: 4, Kind: tt.kind, Body: []byte("body")}
		n, err := tt.options.notification(row, &rpc.PushTarget{From: "alice", Token: []byte("t"), Message: m.Append(nil)})
		if err != nil || n.Text != tt.want || n.Kind != tt.kind || n.CSeq != 5 || !n.At.Equal(time.UnixMilli(4)) {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
	if _, err := new(Options).notification(row, &rpc.PushTarget{Message: []byte("junk")}); err == nil {
		t.Error("junk was decoded")
	}
}

// TestID is the same for the same row and origin only.
func TestID(t *testing.T) {
	seen := map[string]bool{}
	for _, origin := range []string{"", "a"} {
		for _, row := range []rpc.PushRow{{ID: 1}, {ID: 2}, {ID: 1, UID: 1}, {ID: 1, Device: 1}, {ID: 1, USeq: 1}, {ID: 1, At: 1}} {
			id := notificationID(origin, &row)
			if seen[id] || len(id) != 36 || id != notificationID(origin, &row) {
				t.Errorf("%q for %+v of %q", id, row, origin)
			}
			seen[id] = true
		}
	}
}

// FuzzPreview looks for a text that is too long, not UTF-8, or made up.
func FuzzPreview(f *testing.F) {
	f.Add([]byte(strings.Repeat("ü", 200)))
	f.Fuzz(func(t *testing.T, body []byte) {
		got := preview(body)
		if len(got) > 256 || !utf8.ValidString(got) || utf8.Valid(body) && !strings.HasPrefix(string(body), got) {
			t.Errorf("%q", got)
		}
	})
}

// FuzzReference looks for bytes that parse and are not written the same way.
func FuzzReference(f *testing.F) {
	f.Add(appendReference(nil, &rpc.PushRow{ID: 1, UID: 2, Device: 3, USeq: 4, At: 5}, time.UnixMilli(6)))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		row, published, err := parseReference(b)
		if err != nil {
			return
		}
		if again := appendReference(nil, &row, published); string(again) != string(b) {
			t.Errorf("%x became %x", b, again)
		}
	})
}
