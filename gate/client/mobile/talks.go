package mobile

import (
	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// Member is a user in a group, or one who asks to be, or was banned.
type Member struct {
	UID         int64
	Role        int   // see msgdef.GroupRole
	Since       int64 // place from which on they may read
	MutedMillis int64 // Unix time until which they may not write
	Read        int64 // place up to which they have read
}

// MemberList is a page of members.
type MemberList struct{ page client.MemberPage }

// Len returns how many there are.
func (l *MemberList) Len() int { return len(l.page.Members) }

// At returns one of them, from 0; nil where there is none.
func (l *MemberList) At(i int) *Member {
	if i < 0 || i >= len(l.page.Members) {
		return nil
	}
	m := &l.page.Members[i]
	return &Member{UID: int64(m.UID), Role: int(m.Role), Since: int64(m.Since), MutedMillis: m.Muted, Read: int64(m.Read)}
}

// More reports whether there are more, after the last one.
func (l *MemberList) More() bool { return l.page.More }

// Members returns at most limit members of a group after a uid; 0 is the
// beginning, limit 0 leaves it to the server.
func (c *Client) Members(conv []byte, after int64, limit int, call *Call) (*MemberList, error) {
	id, err := conversation(conv)
	if err != nil {
		return nil, err
	}
	ctx, cancel := call.context()
	defer cancel()
	page, err := c.c.Members(ctx, id, uint64(after), limit)
	if err != nil {
		return nil, err
	}
	return &MemberList{page}, nil
}

// Talk is a conversation of the user.
type Talk struct {
	Conv   []byte
	Head   int64 // place of the newest message
	Read   int64 // place up to which the user has read
	Unread int64
	Since  int64    // place from which on the user may read
	Newest *Message // nil when there is none
	Big    bool     // a group whose messages have no place in the inbox
	State  *TalkState
}

// TalkList is a page of conversations.
type TalkList struct{ page client.TalkPage }

// Len returns how many there are.
func (l *TalkList) Len() int { return len(l.page.Talks) }

// At returns one of them, from 0; nil where there is none.
func (l *TalkList) At(i int) *Talk {
	if i < 0 || i >= len(l.page.Talks) {
		return nil
	}
	in := &l.page.Talks[i]
	t := &Talk{
		Conv: append([]byte(nil), in.Conv[:]...), Head: int64(in.Head), Read: int64(in.Read),
		Unread: int64(in.Unread), Since: int64(in.Since), State: talkStateOf(&in.State), Big: in.Big,
	}
	if in.Newest != nil {
		t.Newest = messageOf(in.Newest)
	}
	return t
}

// More reports whether there are more, after the last one.
func (l *TalkList) More() bool { return l.page.More }

// Head returns the place in the inbox that the page is not older than.
func (l *TalkList) Head() int64 { return int64(l.page.Head) }

// Talks returns at most limit of the user's conversations after one; nil is the
// beginning, limit 0 leaves it to the server.
func (c *Client) Talks(after []byte, limit int, call *Call) (*TalkList, error) {
	var from msgdef.Conversation
	if len(after) > 0 {
		id, err := conversation(after)
		if err != nil {
			return nil, err
		}
		from = id
	}
	ctx, cancel := call.context()
	defer cancel()
	page, err := c.c.Talks(ctx, from, limit)
	if err != nil {
		return nil, err
	}
	return &TalkList{page}, nil
}
