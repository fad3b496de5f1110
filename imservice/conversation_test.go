package imservice

import (
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func TestHistoryPages(t *testing.T) {
	w := newWorld(t, 2, func(o *Options) { o.Limits.PageEntries = 4 })
	a, b := w.users[0], w.users[1]
	conv := msgdef.Pair(a, b)
	for i := range uint64(10) {
		w.send(text(a, b, i+1, "x"))
	}
	cases := []struct {
		pull rpc.ConvPull
		want string
	}{
		{rpc.ConvPull{}, "[7 8 9 10]"},
		{rpc.ConvPull{Limit: 2}, "[9 10]"},
		{rpc.ConvPull{Before: 7}, "[3 4 5 6]"},
		{rpc.ConvPull{Before: 3}, "[1 2]"},
		{rpc.ConvPull{Before: 1}, "[]"},
		{rpc.ConvPull{Before: 1000, Limit: 1}, "[10]"},
		{rpc.ConvPull{After: 1}, "[2 3 4 5]"},
		{rpc.ConvPull{After: 8, Before: 2}, "[9 10]"},
		{rpc.ConvPull{After: 10}, "[]"},
		{rpc.ConvPull{After: ^uint64(0)}, "[]"},
	}
	for _, c := range cases {
		c.pull.UID, c.pull.Conv = b, conv
		page := w.conv(c.pull)
		got := []uint64{}
		for _, encoded := range page.Messages {
			got = append(got, decode(t, encoded).CSeq)
		}
		if fmt.Sprint(got) != c.want || page.Head != 10 || page.Code != msgdef.CodeOK {
			t.Errorf("%+v: %v, want %s (%v, head %d)", c.pull, got, c.want, page.Code, page.Head)
		}
	}
}

func TestStrangersReadNothing(t *testing.T) {
	w := newWorld(t, 3)
	a, b, c := w.users[0], w.users[1], w.users[2]
	w.send(text(a, b, 1, "secret"))
	var group msgdef.Conversation
	group[15] = 1
	cases := []struct {
		uid  uint64
		conv msgdef.Conversation
		want msgdef.ErrorCode
	}{
		{c, msgdef.Pair(a, b), msgdef.CodeForbidden},
		{0, msgdef.Pair(a, b), msgdef.CodeForbidden},
		{99, msgdef.Pair(a, b), msgdef.CodeForbidden},
		{99, msgdef.Pair(a, 99), msgdef.CodeUnknownUser},
		{a, group, msgdef.CodeUnknownConversation},
		{a, msgdef.Conversation{7: byte(b), 15: byte(a)}, msgdef.CodeUnknownConversation},
		{a, msgdef.Pair(a, c), msgdef.CodeOK},
	}
	for _, c := range cases {
		page := w.conv(rpc.ConvPull{UID: c.uid, Conv: c.conv})
		if page.Code != c.want || len(page.Messages) != 0 || page.Head != 0 {
			t.Errorf("%d reads %x: %+v, want %v", c.uid, c.conv, page, c.want)
		}
		if c.want != msgdef.CodeOK && len(page.Reads) != 0 {
			t.Errorf("%d learns %v of %x", c.uid, page.Reads, c.conv)
		}
	}
	if code := w.read(c, msgdef.Pair(a, b), 1); code != msgdef.CodeForbidden {
		t.Errorf("a stranger's read mark: %v", code)
	}
}

func TestReadMarks(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	conv := msgdef.Pair(a, b)
	for i := range uint64(5) {
		w.send(text(a, b, i+1, "x"))
	}
	marks := func() string {
		page := w.conv(rpc.ConvPull{UID: a, Conv: conv, Before: 1})
		return fmt.Sprint(page.Reads)
	}
	want := func(s string) {
		t.Helper()
		if got := marks(); got != s {
			t.Fatalf("marks %s, want %s", got, s)
		}
	}
	want("[{1 0} {2 0}]")
	for _, c := range []struct{ to, then uint64 }{{2, 2}, {1, 2}, {0, 2}, {4, 4}, {4, 4}, {100, 5}} {
		if code := w.read(b, conv, c.to); code != msgdef.CodeOK {
			t.Fatalf("read: %v", code)
		}
		want(fmt.Sprintf("[{1 0} {2 %d}]", c.then))
	}
	w.restart()
	want("[{1 0} {2 5}]")
	if code := w.read(b, conv, 3); code != msgdef.CodeOK {
		t.Fatal(code)
	}
	want("[{1 0} {2 5}]")
	// Who wrote has read, as the page shows.
	if page := w.conv(rpc.ConvPull{UID: a, Conv: conv}); fmt.Sprint(page.Reads) != "[{1 5} {2 5}]" {
		t.Fatalf("marks %v", page.Reads)
	}
	// A position beyond the head counted as the head, not as a promise.
	w.send(text(a, b, 6, "x"))
	want("[{1 0} {2 5}]")
}

func TestReadMarksOfOneCall(t *testing.T) {
	w := newWorld(t, 2)
	a, b := w.users[0], w.users[1]
	conv := msgdef.Pair(a, b)
	w.send(text(a, b, 1, "x"), text(a, b, 2, "x"), text(a, b, 3, "x"))
	out, err := w.server.Read(t.Context(), &rpc.Reads{Items: []rpc.Read{
		{UID: b, Conv: conv, CSeq: 3}, {UID: 77, Conv: conv, CSeq: 3}, {UID: b, Conv: conv, CSeq: 2},
		{UID: a, Conv: conv, CSeq: 1}, {UID: b, Conv: msgdef.Pair(b, b), CSeq: 4},
	}})
	w.must(err)
	if fmt.Sprint(out.Items) != "[{ok 3} {forbidden 3} {ok 2} {ok 1} {ok 0}]" {
		t.Fatalf("results %v", out.Items)
	}
	w.restart()
	if page := w.conv(rpc.ConvPull{UID: a, Conv: conv, Before: 1}); fmt.Sprint(page.Reads) != "[{1 1} {2 3}]" {
		t.Fatalf("marks %v", page.Reads)
	}
}
