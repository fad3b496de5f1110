package imservice

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sim-im/sim/imservice/store/postgres/postgrestest"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// fast has pages as fast as anybody likes.
func fast(o *Options) { o.Limits.ExportPages, o.Limits.Exports = 1<<20, 1<<20 }

// refuses wants a page refused, to the user and, with operators, to an operator too.
func (w *world) refuses(what string, uid uint64, cursor []byte, want msgdef.ErrorCode, operators bool) {
	w.t.Helper()
	query := &rpc.ExportQuery{UID: uid, Cursor: cursor}
	if page, err := w.server.Export(context.Background(), query); rpc.CodeOf(err) != want {
		w.t.Errorf("%s: %+v, %v; want %v", what, page, err, want)
	}
	if page, err := w.server.ExportOf(context.Background(), query); operators && rpc.CodeOf(err) != want {
		w.t.Errorf("%s, by an operator: %+v, %v; want %v", what, page, err, want)
	}
}

// TestForgedCursors has users go on with cursors of others, of another store, of long
// ago, and with ones they make up. Nobody gets anything of others.
func TestForgedCursors(t *testing.T) {
	w := newWorld(t, 4, fast)
	conv, others := msgdef.Pair(1, 2), msgdef.Pair(3, 4)
	big := strings.Repeat("x", 8000)
	for i := range uint64(30) {
		w.send(text(1, 2, i+1, big), text(3, 4, i+1, "private"+big))
	}
	w.send(
		rpc.Send{UID: 3, Device: 1, Counter: 90, Conv: club, Kind: msgdef.ContentGroup, Body: (&msgdef.GroupChange{
			Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "private", Listed: true}}).Append(nil)},
		sets(3, 91, others, msgdef.Setting{Act: msgdef.SettingDraft, Draft: msgdef.TalkDraft{Text: "private"}}),
	)
	first, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 1})
	w.must(err)
	if first.Done {
		t.Fatal("all in one page")
	}
	var place rpc.ExportPlace
	w.must(place.Decode(first.Cursor))
	forged := func(change func(p *rpc.ExportPlace)) []byte {
		p := place.Clone()
		change(p)
		return p.Append(nil)
	}
	w.refuses("somebody else's", 3, first.Cursor, msgdef.CodeBadCursor, true)
	for what, cursor := range map[string][]byte{
		"nothing like it":  []byte("let me in"),
		"cut":              first.Cursor[:len(first.Cursor)-1],
		"of another store": forged(func(p *rpc.ExportPlace) { p.StoreEpoch++ }),
		"of no stage":      forged(func(p *rpc.ExportPlace) { p.Stage = uint8(exportStages) }),
		"of tomorrow":      forged(func(p *rpc.ExportPlace) { p.Began += 30 * exportLife.Milliseconds() }),
		"no counts":        forged(func(p *rpc.ExportPlace) { p.Counts = nil }),
		"no hash":          forged(func(p *rpc.ExportPlace) { p.Sum = nil }),
		"a bad hash":       forged(func(p *rpc.ExportPlace) { p.Sum = p.Sum[1:] }),
	} {
		w.refuses(what, 1, cursor, msgdef.CodeBadCursor, true)
	}
	for i := range 200 { // what can be made up harms nobody
		page, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 1, Cursor: forged(func(p *rpc.ExportPlace) {
			p.Stage = uint8(i % int(exportStages))
			p.Conv = []msgdef.Conversation{others, club, msgdef.Stream(3), conv, {}, {0: 255}}[i%6]
			p.Head, p.Next, p.Conn = []uint64{0, 1, math.MaxUint64}[i%3], []uint64{0, 3, math.MaxUint64}[i/3%3], uint64(i)
			p.Counts[i%len(p.Counts)] = math.MaxUint64
		})})
		if err == nil && strings.Contains(string(page.Lines), "private") {
			t.Fatalf("a forged cursor reads what others say: %s", page.Lines)
		}
		if err != nil && rpc.CodeOf(err) != msgdef.CodeBadCursor {
			t.Errorf("%d: %v", i, err)
		}
	}
	w.clock.add(exportLife)
	again, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 1, Cursor: first.Cursor})
	if w.must(err); len(again.Lines) == 0 {
		t.Error("nothing after a week")
	}
	w.clock.add(time.Millisecond)
	w.refuses("old", 1, first.Cursor, msgdef.CodeExportOver, true)
	w.refuses("of nobody", 99, nil, msgdef.CodeUnknownUser, true)
	w.refuses("of nobody", 0, nil, msgdef.CodeBadArgument, true)
}

// TestExportOfJudged has who is banned get nothing by themself, an operator their export,
// and nobody that of who was removed.
func TestExportOfJudged(t *testing.T) {
	w := newWorld(t, 2, fast)
	w.send(text(1, 2, 1, "x"))
	page, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 1})
	w.must(err)
	w.sanctioned(w.server.Ban(t.Context(), &rpc.Sanction{UID: 1, Reason: "spam"}))
	w.refuses("banned", 1, nil, msgdef.CodeForbidden, false)
	w.refuses("banned meanwhile", 1, page.Cursor, msgdef.CodeForbidden, false)
	operated, err := w.server.ExportOf(t.Context(), &rpc.ExportQuery{Account: "u1"})
	if w.must(err); !strings.Contains(string(operated.Lines), `"banned":{"reason":"spam"}`) || !strings.Contains(string(operated.Lines), `"text":"x"`) {
		t.Errorf("%s", operated.Lines)
	}
	w.sanctioned(w.server.Remove(t.Context(), &rpc.Sanction{UID: 1}))
	w.refuses("removed", 1, nil, msgdef.CodeDeleted, true)
	w.refuses("removed meanwhile", 1, operated.Cursor, msgdef.CodeDeleted, true)
	if got, lines := w.exportOf(2); said(lines) != "1:textx" || !strings.Contains(string(got), `"name":"u1"`) {
		t.Errorf("who stays: %s", got)
	}
}

// TestExportOfMembers has members of a group get what was said while they were members,
// and no more from when they are none.
func TestExportOfMembers(t *testing.T) { sizes(t, testExportOfMembers) }

func testExportOfMembers(t *testing.T, size func(*Options)) {
	w := newCrowd(t, 4, 2, msgdef.GroupInfo{}, size, fast)
	w.says(1, 2, "before")
	w.acts(1, 3, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{3}})
	w.says(1, 4, "with 3")
	want := func(what string, uid uint64, want string) {
		t.Helper()
		if _, lines := w.exportOf(uid); said(lines) != want {
			t.Errorf("%s: %q, want %q", what, said(lines), want)
		}
	}
	want("the owner", 1, "1:group 2:textbefore 3:group 4:textwith 3")
	want("who joined", 3, "3:group 4:textwith 3")
	want("a stranger", 4, "")
	w.acts(1, 5, msgdef.GroupChange{Act: msgdef.GroupRemove, UIDs: []uint64{3}})
	w.says(1, 6, "without 3")
	want("who was removed", 3, "")
	w.acts(1, 7, msgdef.GroupChange{Act: msgdef.GroupAdd, UIDs: []uint64{3}})
	want("who came back", 3, "7:group")

	for i := range uint64(40) { // more than a page
		w.says(1, 100+i, strings.Repeat("y", 8000))
	}
	w.says(1, 200, "the end")
	page, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 3})
	if w.must(err); page.Done || !strings.Contains(string(page.Lines), "yyy") {
		t.Fatalf("%d bytes, done %t", len(page.Lines), page.Done)
	}
	w.acts(1, 201, msgdef.GroupChange{Act: msgdef.GroupBan, UIDs: []uint64{3}})
	file := page.Lines
	page, err = w.server.Export(t.Context(), &rpc.ExportQuery{UID: 3, Cursor: page.Cursor})
	if w.must(err); !page.Done || strings.Contains(string(page.Lines), "yyy") || strings.Contains(string(page.Lines), "the end") {
		t.Errorf("banned in the middle: %s", page.Lines)
	}
	w.verified(append(file, page.Lines...))
	w.acts(1, 202, msgdef.GroupChange{Act: msgdef.GroupDissolve})
	want("who has dissolved it", 1, "")
}

// TestExportHides leaves out what its user does not want to see, and what nobody may.
func TestExportHides(t *testing.T) {
	w := newWorld(t, 2, fast)
	conv := msgdef.Pair(1, 2)
	w.send(text(1, 2, 1, "cleared"), text(1, 2, 2, "deleted"), text(1, 2, 3, "recalled"), lasting(text(1, 2, 4, secret), 60),
		text(1, 2, 5, "kept"), event(1, 6, conv, msgdef.ContentEdit, edited(3, "recalled edit")), event(1, 7, conv, msgdef.ContentEdit, edited(2, "deleted edit")),
		lasting(text(1, 2, 8, "later"), 3600))
	w.send(event(1, 9, conv, msgdef.ContentRecall, &msgdef.Recall{CSeq: 3}), sets(2, 1, conv, msgdef.Setting{Act: msgdef.SettingClear, CSeq: 1}),
		sets(2, 2, conv, msgdef.Setting{Act: msgdef.SettingDelete, CSeqs: []uint64{2}}))
	const by1 = "1:textcleared 2:textdeleted edit 4:text" + secret + " 5:textkept 6:edit 7:edit 8:textlater 9:recall"
	if _, lines := w.exportOf(1); said(lines) != by1 {
		t.Errorf("of the sender: %q", said(lines))
	}
	w.clock.add(time.Minute)
	for _, swept := range []bool{false, true} {
		if swept {
			w.sweepAll()
		}
		file, lines := w.exportOf(2)
		if got := said(lines); got != "5:textkept 6:edit 8:textlater 9:recall" {
			t.Errorf("swept %t: %q", swept, got)
		}
		for _, gone := range []string{"cleared", "deleted", "recalled", secret} {
			if strings.Contains(string(file), gone) {
				t.Errorf("swept %t: the export says %q", swept, gone)
			}
		}
	}
}

// TestLongExportWhileSending exports a conversation of 10,000 messages, page by page, while
// more are sent: all that were there, each once and in order.
func TestLongExportWhileSending(t *testing.T) {
	long(t)
	w := newWorld(t, 2, fast)
	const before = 10_000
	sent := uint64(0)
	send := func(n int) {
		var items []rpc.Send
		for range n {
			sent++
			items = append(items, text(1, 2, sent, fmt.Sprint(sent)))
		}
		w.send(items...)
	}
	for range before / 1000 {
		send(1000)
	}
	ask := func(ctx context.Context, q *rpc.ExportQuery) (*rpc.ExportPage, error) { return w.server.Export(ctx, q) }
	var cursors [][]byte
	_, lines := w.exportAll(ask, 2, func(page int, cursor []byte) {
		send(7)
		if cursors = append(cursors, cursor); page%8 == 0 {
			w.restart()
		}
	})
	lines = slices.DeleteFunc(lines, func(l exportedLine) bool { return l.Type != "message" })
	for i, l := range lines {
		if l.Number != uint64(i+1) || l.Content.Text != fmt.Sprint(i+1) {
			t.Fatalf("message %d: %s", i+1, l.Raw)
		}
	}
	if len(lines) < before || len(lines) > int(sent) || len(cursors) < before/exportRows {
		t.Errorf("%d messages on %d pages; %d were there, %d are", len(lines), len(cursors), before, sent)
	}
	for _, cursor := range cursors[len(cursors)-2:] { // a page may be asked for again
		one, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 2, Cursor: cursor})
		w.must(err)
		two, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 2, Cursor: cursor})
		if w.must(err); !one.Equal(two) {
			t.Error("the same cursor, another page")
		}
	}
}

// TestExportsAreBounded has pages of bounded size, and nobody ask for too many.
func TestExportsAreBounded(t *testing.T) {
	w := newWorld(t, 2, func(o *Options) { o.Limits.ExportPages, o.Limits.Exports = 60, 3 })
	for i := range uint64(40) { // control characters take six bytes in JSON
		w.send(text(1, 2, i+1, strings.Repeat("\x01", msgdef.MaxBody)))
	}
	pages := 0
	ask := func(ctx context.Context, q *rpc.ExportQuery) (*rpc.ExportPage, error) {
		page, err := w.server.Export(ctx, q)
		if pages++; err == nil && (len(page.Lines) > exportBytes+64<<10 || page.Validate() != nil) {
			t.Errorf("a page of %d bytes: %v", len(page.Lines), page.Validate())
		}
		return page, err
	}
	w.exportAll(ask, 2, nil)
	if pages < 40*6*msgdef.MaxBody/(exportBytes+64<<10) {
		t.Errorf("%d pages", pages)
	}
	for range 2 {
		if _, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 2}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 2})
	if e, ok := err.(*rpc.Error); !ok || e.Code != msgdef.CodeManyExports || e.Retry < 7*3600_000 || e.Retry > 8*3600_000 {
		t.Errorf("a fourth export: %+v", err)
	}
	for i := 0; rpc.CodeOf(err) != msgdef.CodeBusy; i++ {
		if _, err = w.server.Export(t.Context(), &rpc.ExportQuery{UID: 2, Cursor: []byte("x")}); i > 60 {
			t.Fatal("pages without end")
		}
	}
	if e := err.(*rpc.Error); e.Retry == 0 || e.Retry > 1000 {
		t.Errorf("%+v", e)
	}
	if _, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 1}); err != nil {
		t.Errorf("others wait: %v", err)
	}
	w.clock.add(8 * time.Hour)
	if _, err := w.server.Export(t.Context(), &rpc.ExportQuery{UID: 2}); err != nil {
		t.Errorf("8 h later: %v", err)
	}
	for range cap(w.server.exports.slots) {
		w.server.exports.slots <- struct{}{}
	}
	w.refuses("too many at once", 1, nil, msgdef.CodeBusy, true)
	for range cap(w.server.exports.slots) {
		<-w.server.exports.slots
	}
	if s := w.server.Stats(); s.ExportsBegun != 5 || s.ExportsDone != 1 || s.ExportsRefused[msgdef.CodeManyExports] != 1 || s.ExportBytes == 0 || int(s.ExportPages) < pages {
		t.Errorf("%+v", s)
	}
}

// TestExportOfNonsense has what strangers send in no form that anybody reads be in the
// export of who got it.
func TestExportOfNonsense(t *testing.T) {
	w := newWorld(t, 2, fast)
	conv := msgdef.Pair(1, 2)
	w.send(
		event(1, 1, conv, msgdef.ContentLocation, &msgdef.Location{Latitude: math.NaN(), Longitude: math.Inf(1)}),
		rpc.Send{UID: 1, Device: 1, Counter: 2, Conv: conv, Kind: msgdef.ContentLocation, Body: []byte("nowhere")},
		rpc.Send{UID: 1, Device: 1, Counter: 3, Conv: conv, Kind: 33, Body: []byte("\x00\xff")},
		rpc.Send{UID: 1, Device: 1, Counter: 4, Conv: conv, Kind: msgdef.ContentText},
		text(1, 2, 5, "\xff\xfe"), text(1, 2, 6, "{\"type\":\"footer\"}\n\u2028"),
	)
	if _, lines := w.exportOf(2); said(lines) != "1:location 2:location 3:33 4:text 5:text 6:text{\"type\":\"footer\"}\n\u2028" {
		t.Errorf("%q", said(lines))
	}
}

// TestExportIsDurable tells nothing of what a power cut could still undo.
func TestExportIsDurable(t *testing.T) {
	w, d := newDiskWorld(t, 2)
	w.send(text(1, 2, 1, "x"))
	d.hold()
	s := newSink()
	w.must(w.server.Send(t.Context(), &rpc.Sends{Items: []rpc.Send{blocks(1, 2, 2, false)}}, s))
	w.applied(1, 2)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if page, err := w.server.Export(ctx, &rpc.ExportQuery{UID: 1}); err == nil {
		t.Errorf("told before it was durable: %s", page.Lines)
	}
	d.let(nil)
	s.wait(1)
	if file, _ := w.exportOf(1); !strings.Contains(string(file), `"blocked":"`) {
		t.Errorf("%s", file)
	}
}

// TestExportOverPowerCuts cuts the power between pages, while messages are sent: what
// was exported is there, and the export goes on.
func TestExportOverPowerCuts(t *testing.T) {
	mem := vfs.NewCrashableMem()
	w := &world{t: t, fs: mem, clock: newClock()}
	w.options = Options{Now: w.clock.now, Password: cheap}
	fast(&w.options)
	w.open()
	defer func() { w.close() }()
	for i := range 2 {
		_, err := w.store.CreateAccount(fmt.Sprintf("u%d", i+1), "", w.clock.now())
		w.must(err)
	}
	random, counter := rand.New(rand.NewPCG(3, 4)), uint64(0)
	send := func(n int) *sink {
		var items []rpc.Send
		for range n {
			counter++
			items = append(items, text(1, 2, counter, fmt.Sprint(counter)))
		}
		s := newSink()
		w.must(w.server.Send(context.Background(), &rpc.Sends{Items: items}, s))
		return s
	}
	send(3000).wait(3000)
	ask := func(ctx context.Context, q *rpc.ExportQuery) (*rpc.ExportPage, error) {
		under := send(5)
		page, err := w.server.Export(ctx, q)
		left := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
		under.wait(5)
		w.close()
		mem, w.fs = left, left
		w.open()
		head := w.conv(rpc.ConvPull{UID: 2, Conv: msgdef.Pair(1, 2), Limit: 1}).Head
		if err == nil {
			for _, l := range strings.Split(strings.TrimSpace(string(page.Lines)), "\n") {
				var number uint64
				if _, at, ok := strings.Cut(l, `"number":`); ok {
					fmt.Sscan(at, &number)
				}
				if number > head {
					t.Errorf("message %d was exported, and is gone: %d are left", number, head)
				}
			}
		}
		return page, err
	}
	_, lines := w.exportAll(ask, 2, nil)
	lines = slices.DeleteFunc(lines, func(l exportedLine) bool { return l.Type != "message" })
	for i, l := range lines {
		if l.Number != uint64(i+1) || i < 3000 && l.Content.Text != fmt.Sprint(i+1) { // later ones may have been lost
			t.Fatalf("message %d: %s", i+1, l.Raw)
		}
	}
	if len(lines) < 3000 {
		t.Errorf("%d messages", len(lines))
	}
}

// TestExportOfTwoServices has every page made by another service on one database, while
// both take messages.
func TestExportOfTwoServices(t *testing.T) {
	s := newServices(t, postgrestest.Database(t), 2, fast)
	counter := uint64(0)
	send := func(n int) {
		for range n {
			counter++
			for !s.try(s.servers[counter%2], text(1, 2, counter, strings.Repeat("z", 8000))) {
			}
		}
	}
	send(40)
	w := &world{t: t, server: s.servers[0], store: s.stores[0]}
	n := 0
	_, lines := w.exportAll(func(ctx context.Context, q *rpc.ExportQuery) (*rpc.ExportPage, error) {
		n++
		return s.servers[n%2].Export(ctx, q)
	}, 2, func(int, []byte) { send(3) })
	if lines = slices.DeleteFunc(lines, func(l exportedLine) bool { return l.Type != "message" }); len(lines) < 40 || n < 3 {
		t.Errorf("%d messages on %d pages", len(lines), n)
	}
	for i, l := range lines {
		if l.Number != uint64(i+1) {
			t.Fatalf("message %d: %s", i+1, l.Raw)
		}
	}
}
