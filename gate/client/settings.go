package client

import (
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// SetArchived puts a conversation away as of its message cseq, until there is a
// message after that and it is not muted; 0 brings it back.
//
// Like all methods that begin with Set, and DeleteForMe and Clear, it queues a
// message in the user's own stream, as Queue does: it is done in the order of the
// calls, also when there is no connection yet, and the user's other devices get it
// as a message, see Message.Event. Errors are those of Queue, and ErrArgument.
func (c *Client) SetArchived(conv msgdef.Conversation, cseq uint64) *Handle {
	return c.QueueSetting(&msgdef.Setting{Conv: conv, Act: msgdef.SettingArchive, CSeq: cseq, Off: cseq == 0})
}

// SetMuted has messages of a conversation not be pushed before a time, unless they
// mention the user by id; the zero time ends it.
func (c *Client) SetMuted(conv msgdef.Conversation, until time.Time) *Handle {
	s := &msgdef.Setting{Conv: conv, Act: msgdef.SettingMute, Off: until.IsZero()}
	if !s.Off {
		s.Until = until.UnixMilli()
	}
	return c.QueueSetting(s)
}

// SetPlace pins a conversation above others, at a place from 1; 0 unpins it.
func (c *Client) SetPlace(conv msgdef.Conversation, place uint32) *Handle {
	return c.QueueSetting(&msgdef.Setting{Conv: conv, Act: msgdef.SettingPin, Place: place, Off: place == 0})
}

// SetUnread has a conversation look unread, or not. Writing in it and MarkRead of its
// newest message end it too.
func (c *Client) SetUnread(conv msgdef.Conversation, unread bool) *Handle {
	return c.QueueSetting(&msgdef.Setting{Conv: conv, Act: msgdef.SettingUnread, Off: !unread})
}

// SetDraft keeps what the user has begun to write, in the place of what was before;
// the zero draft removes it.
func (c *Client) SetDraft(conv msgdef.Conversation, draft msgdef.TalkDraft) *Handle {
	return c.QueueSetting(&msgdef.Setting{Conv: conv, Act: msgdef.SettingDraft, Draft: draft, Off: draft == msgdef.TalkDraft{}})
}

// DeleteForMe has at most 100 messages not be served to this user any more, on any
// device: pages have them without what they said, see msgdef.MessageState.Hidden.
func (c *Client) DeleteForMe(conv msgdef.Conversation, cseqs ...uint64) *Handle {
	return c.QueueSetting(&msgdef.Setting{Conv: conv, Act: msgdef.SettingDelete, CSeqs: cseqs})
}

// Clear does so to all messages up to cseq: history begins after them.
func (c *Client) Clear(conv msgdef.Conversation, cseq uint64) *Handle {
	return c.QueueSetting(&msgdef.Setting{Conv: conv, Act: msgdef.SettingClear, CSeq: cseq})
}

// QueueSetting queues a setting, see SetArchived.
func (c *Client) QueueSetting(s *msgdef.Setting) *Handle {
	return c.queueOwn(msgdef.ContentSetting, s, time.Time{})
}

// queueOwn queues an entry of the user's own stream, which is of no use from a time on
// unless that is zero.
func (c *Client) queueOwn(kind msgdef.ContentKind, says eventBody, until time.Time) *Handle {
	err := checkArgument(says.Validate())
	uid := c.UID()
	if err == nil && uid == 0 {
		err = fmt.Errorf("%w: nobody has logged in yet, whose it would be", ErrArgument)
	}
	if err != nil {
		h := &Handle{c: c, done: make(chan struct{})}
		h.finish(Sent{}, err)
		return h
	}
	return c.QueueUntil(msgdef.Stream(uid), kind, says.Append(nil), until)
}
