package chat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

// changes is what a line says of an event, by somebody, of a message that may be known.
func (m *memory) changes(conv msgdef.Conversation, by string, kind msgdef.ContentKind, says any) string {
	c := revision(kind, says)
	m.about(conv, by, &c)
	return c.did(func(at int64) string { return fmt.Sprint("t", at) })
}

// TestChangesNameTheLine says of an edit and a recall which line on the screen it is
// about, and what that said, but nothing of what was recalled, and no more than it knows.
func TestChangesNameTheLine(t *testing.T) {
	var m memory
	conv, other := msgdef.Pair(1, 2), msgdef.GroupConv(3)
	m.note(place{conv, 1}, line{"alice", 5, "hello bob"})
	m.note(place{other, 1}, line{"carol", 6, "a secret"})
	edit := func(of uint64, text string) *msgdef.Edit {
		return &msgdef.Edit{CSeq: of, Kind: msgdef.ContentText, Body: []byte(text)}
	}
	for _, c := range []struct {
		conv msgdef.Conversation
		by   string
		kind msgdef.ContentKind
		says any
		want string
	}{
		{conv, "alice", msgdef.ContentEdit, edit(1, "hello, Bob"), "edited #1 of t5: hello bob → hello, Bob"},
		{conv, "alice", msgdef.ContentEdit, edit(1, "hello, Bob"), "edited #1 of t5: hello, Bob"}, // came again
		{conv, "alice", msgdef.ContentEdit, edit(1, "\x1b[2J\n"+strings.Repeat("é", 70)), "edited #1 of t5: hello, Bob → " + printable("\x1b[2J\n"+strings.Repeat("é", 70))},
		{conv, "alice", msgdef.ContentReaction, &msgdef.Reaction{CSeq: 1, Emoji: "x"}, "put x to #1"},
		{conv, "alice", msgdef.ContentRecall, &msgdef.Recall{CSeq: 1}, "recalled #1 of t5"},
		{conv, "alice", msgdef.ContentRecall, &msgdef.Recall{CSeq: 1}, "recalled #1 of t5"},
		{conv, "alice", msgdef.ContentEdit, edit(2, "x"), "edited #2: x"},
		{conv, "alice", msgdef.ContentRecall, &msgdef.Recall{CSeq: 2}, "recalled #2"},
		{other, "alice", msgdef.ContentRecall, &msgdef.Recall{CSeq: 1}, "recalled #1 of carol, t6"},
	} {
		if got := m.changes(c.conv, c.by, c.kind, c.says); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	long := &changeShown{Was: "\x1b[2J" + strings.Repeat("é", 70)}
	if got := long.quote(); strings.Contains(got, "\x1b") || len([]rune(got)) > mostQuote+4 || !strings.HasSuffix(got, "é… → ") {
		t.Errorf("quoted %q", got)
	}
}

// TestMemoryIsBounded forgets what was shown long ago.
func TestMemoryIsBounded(t *testing.T) {
	var m memory
	conv := msgdef.Pair(1, 2)
	for cseq := range uint64(mostLines + 10) {
		m.note(place{conv, cseq}, line{"alice", 5, "x"})
		m.note(place{conv, cseq}, line{"alice", 5, "y"})
	}
	if len(m.lines) != mostLines || len(m.order) != mostLines {
		t.Errorf("%d lines, %d in order", len(m.lines), len(m.order))
	}
	if _, known := m.lines[place{conv, 9}]; known {
		t.Error("the oldest is still there")
	}
}
