package client

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// typingRepeat is how often others are told that the user goes on writing.
const typingRepeat = 3 * time.Second

// typing is what others were told last.
type typing struct {
	conv msgdef.Conversation
	on   bool
	at   time.Time
}

// Typing tells the members of a conversation who are online that the user is
// writing, or is no more (off). It may be called with each key: what says nothing
// new is not sent. It returns at once, and without a connection does nothing. The
// error wraps ErrStopped or ErrClosed.
func (c *Client) Typing(conv msgdef.Conversation, off bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.alive(); err != nil {
		return err
	}
	now, l := c.opts.Now(), c.link
	if l != nil && c.typing.news(conv, !off, now) {
		l.add(&msgdef.Typing{Conv: conv, Off: off})
		l.flush(&c.mu, now)
	}
	return nil
}

// news tells whether others are to be told.
func (t *typing) news(conv msgdef.Conversation, on bool, now time.Time) bool {
	same := t.conv == conv && t.on == on
	if same && (!on || now.Sub(t.at) < typingRepeat) || !on && t.conv != conv {
		return false
	}
	*t = typing{conv, on, now}
	return true
}

// HandleTypingBy implements msgdef.DownHandler.
func (s *session) HandleTypingBy(m *msgdef.TypingBy) error {
	if s.c.opts.OnTyping != nil {
		s.c.opts.OnTyping(*m)
	}
	return nil
}
