package imservice

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// model is what the service should be, without commits, caches or a disk.
type model struct {
	users   int
	inboxes map[uint64][]msgdef.Message
	convs   map[msgdef.Conversation][]msgdef.Message
	known   map[clientMessage]known
	marks   map[readKey]uint64
}

type known struct {
	item   rpc.Send
	result rpc.SendResult
}

func newModel(users int) *model {
	return &model{
		users: users, inboxes: map[uint64][]msgdef.Message{}, convs: map[msgdef.Conversation][]msgdef.Message{},
		known: map[clientMessage]known{}, marks: map[readKey]uint64{},
	}
}

func (m *model) send(it rpc.Send, now int64) rpc.SendResult {
	r := rpc.SendResult{Conn: it.Conn, Counter: it.Counter}
	if r.Code = checkSend(&it); r.Code != msgdef.CodeOK {
		return r
	}
	if k, ok := m.known[nameOf(&it)]; ok {
		if !sameSend(&it, &k.item) {
			r.Code = msgdef.CodeConflict
			return r
		}
		return k.result
	}
	peer, pair := msgdef.Peer(it.Conv, it.UID)
	if !pair { // a group that nobody has founded
		r.Code = msgdef.CodeUnknownConversation
		return r
	}
	if peer > uint64(m.users) {
		r.Code = msgdef.CodeUnknownUser
		return r
	}
	conv := m.convs[it.Conv]
	if n := len(conv); n > 0 {
		now = max(now, conv[n-1].At)
	}
	r.CSeq, r.At = uint64(len(conv))+1, now
	msg := msgdef.Message{
		Conv: it.Conv, CSeq: r.CSeq, From: it.UID, Device: it.Device, Counter: it.Counter, At: now, Kind: it.Kind, Body: it.Body,
		Count: r.CSeq,
	}
	m.convs[it.Conv] = append(conv, msg)
	m.inboxes[it.UID] = append(m.inboxes[it.UID], msg)
	r.USeq = uint64(len(m.inboxes[it.UID]))
	if peer != it.UID {
		m.inboxes[peer] = append(m.inboxes[peer], msg)
	}
	m.known[nameOf(&it)] = known{it, r}
	return r
}

func (m *model) read(uid uint64, conv msgdef.Conversation, cseq uint64) msgdef.ErrorCode {
	if code := checkMember(conv, uid); code != msgdef.CodeOK {
		return code
	}
	key := readKey{uid, conv}
	m.marks[key] = max(m.marks[key], min(cseq, uint64(len(m.convs[conv]))))
	return msgdef.CodeOK
}

// TestLongModel does random things one after the other and compares.
func TestLongModel(t *testing.T) {
	long(t)
	testModel(t, math.MaxInt)
}

// testModel is TestLongModel of so many rounds at most.
func testModel(t *testing.T, most int) {
	const users = 7
	rapid.Check(t, func(rt *rapid.T) {
		if most--; most < 0 {
			return
		}
		w := newWorld(t, users, func(o *Options) {
			o.Limits.CachedUsers, o.Limits.CachedConversations, o.Limits.CachedDevices, o.Limits.CachedReads = 1, 1, 1, 1
			o.Limits.CommitMessages = 3
		})
		defer w.close()
		m := newModel(users)
		user := rapid.Uint64Range(1, users+1)
		rt.Repeat(map[string]func(*rapid.T){
			"":        func(rt *rapid.T) {},
			"send":    func(rt *rapid.T) { modelSend(rt, w, m) },
			"read":    func(rt *rapid.T) { modelRead(rt, w, m) },
			"inbox":   func(rt *rapid.T) { modelInbox(rt, w, m, user.Draw(rt, "uid")) },
			"history": func(rt *rapid.T) { modelHistory(rt, w, m) },
			"restart": func(rt *rapid.T) { w.restart() },
			"clock": func(rt *rapid.T) {
				w.clock.add(time.Duration(rapid.IntRange(-5000, 5000).Draw(rt, "ms")) * time.Millisecond)
			},
		})
		for uid := range uint64(users) {
			modelInbox(rt, w, m, uid+1)
		}
	})
}

func drawPair(rt *rapid.T, users int) (uid uint64, conv msgdef.Conversation) {
	user := rapid.Uint64Range(1, uint64(users))
	uid = user.Draw(rt, "uid")
	other := rapid.Uint64Range(1, uint64(users)+1).Draw(rt, "other")
	switch rapid.IntRange(0, 19).Draw(rt, "whose") {
	case 0:
		return uid, msgdef.Pair(user.Draw(rt, "stranger"), other)
	case 1:
		return uid, msgdef.Conversation{15: byte(other)}
	}
	return uid, msgdef.Pair(uid, other)
}

func modelSend(rt *rapid.T, w *world, m *model) {
	var items []rpc.Send
	for range rapid.IntRange(1, 6).Draw(rt, "items") {
		uid, conv := drawPair(rt, m.users)
		items = append(items, rpc.Send{
			Conn: uid, UID: uid, Device: rapid.Uint64Range(1, 2).Draw(rt, "device"),
			Counter: rapid.Uint64Range(0, 12).Draw(rt, "counter"), Conv: conv,
			Kind: 1, Body: []byte(rapid.SampledFrom([]string{"", "x"}).Draw(rt, "body")),
		})
	}
	now := w.clock.now().UnixMilli()
	for i, r := range w.send(items...) {
		if want := m.send(items[i], now); r != want {
			rt.Fatalf("item %d %+v: %+v, want %+v", i, items[i], r, want)
		}
	}
}

func modelRead(rt *rapid.T, w *world, m *model) {
	uid, conv := drawPair(rt, m.users)
	cseq := rapid.Uint64Range(0, 10).Draw(rt, "cseq")
	if got, want := w.read(uid, conv, cseq), m.read(uid, conv, cseq); got != want {
		rt.Fatalf("read: %v, want %v", got, want)
	}
}

func modelInbox(rt *rapid.T, w *world, m *model, uid uint64) {
	if uid > uint64(m.users) {
		if p := w.pull(rpc.Pull{UID: uid}); p.Code != msgdef.CodeUnknownUser {
			rt.Fatalf("inbox of nobody: %v", p.Code)
		}
		return
	}
	rows, want := w.inbox(uid), m.inboxes[uid]
	if len(rows) != len(want) {
		rt.Fatalf("inbox of %d has %d rows, want %d", uid, len(rows), len(want))
	}
	for i, row := range rows {
		if got := decode(w.t, row.Message); row.USeq != uint64(i+1) || fmt.Sprint(got) != fmt.Sprint(want[i]) {
			rt.Fatalf("row %d of %d is %v, want %v", row.USeq, uid, got, want[i])
		}
	}
}

func modelHistory(rt *rapid.T, w *world, m *model) {
	uid, conv := drawPair(rt, m.users)
	page := w.conv(rpc.ConvPull{UID: uid, Conv: conv, Before: 1})
	if want := checkMember(conv, uid); page.Code != want || want != msgdef.CodeOK {
		if page.Code != want {
			rt.Fatalf("history: %v, want %v", page.Code, want)
		}
		return
	}
	if page.Head != uint64(len(m.convs[conv])) {
		rt.Fatalf("head %d, want %d", page.Head, len(m.convs[conv]))
	}
	for _, mark := range page.Reads {
		if want := m.marks[readKey{mark.UID, conv}]; mark.CSeq != want {
			rt.Fatalf("%d has read %d, want %d", mark.UID, mark.CSeq, want)
		}
	}
	all := w.conv(rpc.ConvPull{UID: uid, Conv: conv, Limit: 512}).Messages
	for i, want := range m.convs[conv] {
		if got := decode(w.t, all[i]); fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("message %d is %v, want %v", i+1, got, want)
		}
	}
}
