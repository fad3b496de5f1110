package mobile

import (
	"fmt"
	"math"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TalkState is what the user has set for a conversation.
type TalkState struct {
	Archived    int64 // a message after this place brings it back; 0: it is not archived
	MutedMillis int64 // Unix time until which its messages are not pushed; 0: they are
	Place       int64 // where it is pinned; 0: nowhere
	Unread      bool  // it was marked so
	Draft       string
	DraftReply  int64 // place of the message that the draft answers; 0 for none
	KeepDays    int   // of a conversation with one user: for how long its messages are kept; 0: as the server says
	Changed     int64 // place in the user's stream of the newest setting in it
}

func talkStateOf(s *msgdef.TalkState) *TalkState {
	return &TalkState{
		Archived: int64(s.Archived), MutedMillis: s.Muted, Place: int64(s.Place), Unread: s.Unread != 0,
		Draft: s.Draft.Text, DraftReply: int64(s.Draft.Reply), Changed: int64(s.Changed),
		KeepDays: int(s.Keep),
	}
}

// Setting is what a message of the user's own stream sets, on another device of
// theirs. The numbers are those of msgdef.SettingAct.
type Setting struct {
	Conv       []byte
	Act        int
	Off        bool
	Place      int64 // of act 3; of acts 1 and 7 the place of a message
	Millis     int64 // of act 2, Unix time
	Draft      string
	DraftReply int64

	cseqs []uint64
}

// Deleted returns how many messages it deletes.
func (s *Setting) Deleted() int { return len(s.cseqs) }

// DeletedAt returns the place of one of them, from 0; 0 where there is none.
func (s *Setting) DeletedAt(i int) int64 {
	if i < 0 || i >= len(s.cseqs) {
		return 0
	}
	return int64(s.cseqs[i])
}

// Setting returns what the message sets; nil when it does not.
func (m *Message) Setting() *Setting {
	if m.m == nil {
		return nil
	}
	says, _ := m.m.Event() // what cannot be read sets nothing that can be shown
	s, ok := says.(*msgdef.Setting)
	if !ok {
		return nil
	}
	return &Setting{
		Conv: append([]byte(nil), s.Conv[:]...), Act: int(s.Act), Off: s.Off, Place: max(int64(s.Place), int64(s.CSeq)),
		Millis: s.Until, Draft: s.Draft.Text, DraftReply: int64(s.Draft.Reply), cseqs: s.CSeqs,
	}
}

// SetArchived puts a conversation away as of a message, until there is one after it;
// 0 brings it back. Like the other methods for settings it queues, as QueueDraft
// does.
func (c *Client) SetArchived(conv []byte, cseq int64) (*Pending, error) {
	return c.set(conv, func(id msgdef.Conversation) *client.Handle { return c.c.SetArchived(id, uint64(cseq)) })
}

// SetMuted has messages of a conversation not be pushed before a Unix time; 0 ends
// it.
func (c *Client) SetMuted(conv []byte, untilMillis int64) (*Pending, error) {
	var until time.Time
	if untilMillis != 0 {
		until = time.UnixMilli(untilMillis)
	}
	return c.set(conv, func(id msgdef.Conversation) *client.Handle { return c.c.SetMuted(id, until) })
}

// SetPlace pins a conversation above others, at a place from 1; 0 unpins it.
func (c *Client) SetPlace(conv []byte, place int64) (*Pending, error) {
	if place < 0 || place > math.MaxUint32 {
		return nil, fmt.Errorf("mobile: place %d; 0 to %d", place, uint32(math.MaxUint32))
	}
	return c.set(conv, func(id msgdef.Conversation) *client.Handle { return c.c.SetPlace(id, uint32(place)) })
}

// SetUnread has a conversation look unread, or not.
func (c *Client) SetUnread(conv []byte, unread bool) (*Pending, error) {
	return c.set(conv, func(id msgdef.Conversation) *client.Handle { return c.c.SetUnread(id, unread) })
}

// SetDraft keeps what the user has begun to write, in answer to a message where
// reply is not 0; without both it is removed.
func (c *Client) SetDraft(conv []byte, text string, reply int64) (*Pending, error) {
	draft := msgdef.TalkDraft{Text: text, Reply: uint64(reply)}
	return c.set(conv, func(id msgdef.Conversation) *client.Handle { return c.c.SetDraft(id, draft) })
}

// DeleteForMe has a message not be served to this user any more.
func (c *Client) DeleteForMe(conv []byte, cseq int64) (*Pending, error) {
	return c.set(conv, func(id msgdef.Conversation) *client.Handle { return c.c.DeleteForMe(id, uint64(cseq)) })
}

// Clear does so to all messages up to one.
func (c *Client) Clear(conv []byte, cseq int64) (*Pending, error) {
	return c.set(conv, func(id msgdef.Conversation) *client.Handle { return c.c.Clear(id, uint64(cseq)) })
}

// set queues a setting of a conversation.
func (c *Client) set(conv []byte, queue func(msgdef.Conversation) *client.Handle) (*Pending, error) {
	id, err := conversation(conv)
	if err != nil {
		return nil, err
	}
	return &Pending{queue(id)}, nil
}
