package imservice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/imservice/export"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// exportedLine is what tests look at of a line.
type exportedLine struct {
	Type         string          `json:"type"`
	UID          export.ID       `json:"uid"`
	Name         string          `json:"name"`
	Conversation export.Name     `json:"conversation"`
	Number       uint64          `json:"number"`
	Kind         string          `json:"kind"`
	Content      export.Content  `json:"content"`
	Raw          json.RawMessage `json:"-"`
}

// exportAll exports an account page by page, as its user or as an operator, and does
// something between two pages. What comes of it is whole.
func (w *world) exportAll(export func(context.Context, *rpc.ExportQuery) (*rpc.ExportPage, error), uid uint64, between func(page int, cursor []byte)) (file []byte, lines []exportedLine) {
	w.t.Helper()
	query := &rpc.ExportQuery{UID: uid}
	for n := 1; ; n++ {
		page, err := export(context.Background(), query)
		w.must(err)
		file = append(file, page.Lines...)
		if got := bytes.Count(file, []byte("\n")); page.UID != uid || page.Count != uint64(got) || page.Done != (len(page.Cursor) == 0) {
			w.t.Fatalf("page %d of %d: count %d, %d lines, done %t, a cursor of %d bytes", n, page.UID, page.Count, got, page.Done, len(page.Cursor))
		}
		if page.Done {
			return file, w.verified(file)
		}
		if query.Cursor = page.Cursor; between != nil {
			between(n, slices.Clone(page.Cursor))
		}
	}
}

// exportOf is exportAll by the user, over restarts of the service.
func (w *world) exportOf(uid uint64) (file []byte, lines []exportedLine) {
	w.t.Helper()
	ask := func(ctx context.Context, q *rpc.ExportQuery) (*rpc.ExportPage, error) { return w.server.Export(ctx, q) }
	return w.exportAll(ask, uid, nil)
}

// verified reads an export in which nothing is wrong.
func (w *world) verified(file []byte) (lines []exportedLine) {
	w.t.Helper()
	report, err := export.Verify(bytes.NewReader(file))
	w.must(err)
	if !report.OK() {
		w.t.Errorf("%s\n%s", strings.Join(report.Faults, "\n"), file[:min(len(file), 4000)])
	}
	for text := range bytes.Lines(file) {
		l := exportedLine{Raw: text}
		w.must(json.Unmarshal(text, &l))
		lines = append(lines, l)
	}
	return lines
}

// said is what messages and what waits to be sent say, in the order of the export.
func said(lines []exportedLine) string {
	var all []string
	for _, l := range lines {
		if l.Type == "message" || l.Type == "later" {
			all = append(all, fmt.Sprintf("%d:%s%s", l.Number, l.Kind, l.Content.Text))
		}
	}
	return strings.Join(all, " ")
}

// TestExport has all that is kept of a user, and no secrets, by the user and by an
// operator, over a restart between any two pages.
func TestExport(t *testing.T) {
	w := newWorld(t, 3, func(o *Options) { o.OpenRegistration = true })
	alice := login(t, w, "alice", "planted password", 1)
	uid := alice.UID
	w.must(w.server.SaveCursors(t.Context(), &rpc.Cursors{Items: []rpc.Cursor{{UID: uid, Device: math.MaxUint64, USeq: 0}}}))
	w.must(w.server.RegisterPush(t.Context(), &rpc.PushToken{UID: uid, Device: 1, Provider: msgdef.PushFCM, Token: []byte("planted token")}))
	w.must(w.server.KeepSignIns(t.Context(), &rpc.SignInBatch{Gate: "g1", Life: 1, Items: []rpc.SignedIn{
		{UID: uid, Device: 1, Conn: 5, Life: 1, Began: 1000, Ended: 2000, End: msgdef.EndIdle, Address: "192.0.2.7"},
		{UID: uid, Device: 1, Conn: 6, Life: 1, Began: 3000, Ended: 4000, End: msgdef.EndClient},
	}}))
	pair := msgdef.Pair(1, uid)
	group := rpc.Send{UID: uid, Device: 1, Counter: 2, Conv: club, Kind: msgdef.ContentGroup}
	group.Body = (&msgdef.GroupChange{Act: msgdef.GroupFound, UIDs: []uint64{1, 2}, Info: msgdef.GroupInfo{Name: "Club"}}).Append(nil)
	picture := w.addMedia(1, "image/png")
	image := event(1, 3, pair, msgdef.ContentImage, &msgdef.Media{ID: picture, Type: "image/png", Bytes: 1, Name: "cat.png"})
	for i, r := range w.send(
		shows(uid, 1, msgdef.Profile{Name: "Alice A.", About: "x"}), group,
		befriends(1, uid, 1, msgdef.FriendAsk), befriends(uid, 1, 3, msgdef.FriendAccept), blocks(uid, 3, 4, false),
		text(1, uid, 2, "hello \xff"), image, text(uid, 1, 5, "a \"quoted\"\nline <&>"),
		event(uid, 6, pair, msgdef.ContentReaction, &msgdef.Reaction{CSeq: 3, Emoji: "👍"}),
		event(uid, 7, pair, msgdef.ContentEdit, edited(5, "a better line")),
		event(uid, 8, pair, msgdef.ContentPin, &msgdef.Pin{CSeq: 5}),
		sets(uid, 9, pair, msgdef.Setting{Act: msgdef.SettingDraft, Draft: msgdef.TalkDraft{Text: "unfinished"}}),
		sets(uid, 10, pair, msgdef.Setting{Act: msgdef.SettingPin, Place: 4}),
		sets(uid, 11, msgdef.Stream(uid), msgdef.Setting{Act: msgdef.SettingInvisible}),
		w.delays(uid, 12, pair, time.Hour, "tomorrow"),
	) {
		if r.Code != msgdef.CodeOK {
			t.Fatalf("%d: %v", i, r.Code)
		}
	}
	file, lines := w.exportOf(uid)
	want := []string{
		`{"type":"header","format":"sim-export","version":1,"uid":"4","account":"alice"`,
		`{"type":"account","uid":"4","name":"alice","created":"2023-`,
		`{"type":"profile","name":"Alice A.","about":"x","changed":"2023-`, `{"type":"setting","name":"invisible","on":true,"since":"2023-`,
		`{"type":"relation","uid":"1","name":"u1","state":"friends"`, `{"type":"relation","uid":"3","name":"u3","state":"none","blocked":"2023-`,
		`{"type":"device","device":"1"`, `{"type":"device","device":"18446744073709551615"`, `{"type":"push_device","device":"1","provider":"fcm"`,
		`{"type":"sign_in","device":"1","platform":0,"gate":"g1","began":"1970-01-01T00:00:03.000Z","ended":"1970-01-01T00:00:04.000Z","end":"client"`,
		`{"type":"sign_in","device":"1","platform":0,"address":"192.0.2.7"`,
		`{"type":"later","number":6,"conversation":"00000000000000010000000000000004"`,
		`{"type":"group","conversation":"00000000000000000000000000000007","name":"Club","owner":"4","members":3`,
		`{"type":"conversation","conversation":"00000000000000000000000000000007","kind":"group","head":1`,
		`{"type":"message","conversation":"00000000000000000000000000000007","number":1,"at":"2023-`,
		`{"type":"conversation","conversation":"00000000000000010000000000000004","kind":"pair","with":{"uid":"1","name":"u1"},"head":8,"read":8,"unread":0,"place":4,"draft":"unfinished"}`,
		`"kind":"friend"`, `"kind":"friend"`, `"kind":"text","content":{"bytes":"aGVsbG8g/w=="},"reactions":[{"emoji":"👍","count":1}]`,
		`"kind":"image","content":{"media":{"id":"01`, `"kind":"text","content":{"text":"a better line"},"edited":true,"pinned":true}`,
		`"kind":"reaction","content":{"event":{"of":3,"emoji":"👍"}}`, `"kind":"edit","content":{"event":{"of":5}}`, `"kind":"pin"`, `{"type":"footer"`,
	}
	for i, l := range lines {
		if i >= len(want) || !strings.Contains(string(l.Raw), want[i]) {
			t.Errorf("line %d: %s", i+1, l.Raw)
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d lines, want %d", len(lines), len(want))
	}
	w.noSecrets(file, alice, "planted password", "planted token")
	w.restart()
	ask := func(ctx context.Context, q *rpc.ExportQuery) (*rpc.ExportPage, error) {
		return w.server.ExportOf(ctx, q)
	}
	if operated, _ := w.exportAll(ask, uid, func(int, []byte) { w.restart() }); !bytes.Equal(operated, file) {
		t.Errorf("an operator gets other content:\n%s\n%s", operated, file)
	}
}

// noSecrets finds nothing in an export that proves anything.
func (w *world) noSecrets(file []byte, proofs *rpc.LoginReply, planted ...string) {
	w.t.Helper()
	a, err := w.store.AccountByUID(proofs.UID)
	w.must(err)
	planted = append(planted, a.Password, a.Password[len(a.Password)-20:], string(proofs.Token), "argon2", "password")
	for _, secret := range planted {
		if secret == "" || bytes.Contains(bytes.ToLower(file), bytes.ToLower([]byte(secret))) {
			w.t.Errorf("the export has %q", secret)
		}
	}
}
