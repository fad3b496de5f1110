package chat

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// memory is what was shown lately, so that a line about an edit or a recall says which
// line it is about: what stands on the screen stays there, and has no number. Its zero
// value is ready.
//
//	12:00:01 alice: hello bob
//	12:00:09 -- alice edited #1 of 12:00:01: hello bob → hello, Bob
//	12:00:15 -- alice recalled #1 of 12:00:01
type memory struct {
	mu    sync.Mutex
	lines map[place]line
	order []place // the oldest first
}

// place is where a message stands.
type place struct {
	conv msgdef.Conversation
	cseq uint64
}

// line is a message that was shown.
type line struct {
	from string
	at   int64
	text string
}

const (
	mostLines = 2048
	mostQuote = 60 // code points of what a message said before
)

// note keeps a message that is shown.
func (m *memory) note(at place, l line) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lines == nil {
		m.lines = make(map[place]line)
	}
	if _, known := m.lines[at]; !known {
		m.order = append(m.order, at)
	}
	m.lines[at] = l
	if len(m.order) > mostLines {
		delete(m.lines, m.order[0])
		m.order = m.order[1:]
	}
}

// about adds to an event, of somebody, what is known of the message that it changes, and
// keeps what that says from now on. What was recalled is not repeated.
func (m *memory) about(conv msgdef.Conversation, by string, c *content) {
	if c.Change == nil || c.Kind != msgdef.ContentEdit.String() && c.Kind != msgdef.ContentRecall.String() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := place{conv, c.Change.Of}
	l, known := m.lines[at]
	if !known {
		return
	}
	c.Change.OfAt = l.at
	if l.from != by {
		c.Change.OfFrom = l.from
	}
	if c.Kind == msgdef.ContentEdit.String() && l.text != c.Body {
		c.Change.Was = l.text
	}
	l.text = c.Body
	m.lines[at] = l
}

// remember keeps a message that is shown, or says what an event changes.
func (s *session) remember(m *client.Message, from string, c *content) {
	if m.Kind >= msgdef.FirstEvent {
		s.memory.about(m.Conv, from, c)
		return
	}
	s.memory.note(place{m.Conv, m.CSeq}, line{from, m.At, c.Body})
}

// subject names the message that an event is about, as the screen has it.
func (c *changeShown) subject(number string, clock func(int64) string) string {
	switch {
	case c.OfAt == 0:
		return number
	case c.OfFrom != "":
		return number + " of " + printable(c.OfFrom) + ", " + clock(c.OfAt)
	}
	return number + " of " + clock(c.OfAt)
}

// quote is what a message said before, in front of what it says now.
func (c *changeShown) quote() string {
	text := printable(c.Was)
	if text == "" {
		return ""
	}
	if utf8.RuneCountInString(text) > mostQuote {
		text = strings.TrimSpace(string([]rune(text)[:mostQuote])) + "…"
	}
	return text + " → "
}
