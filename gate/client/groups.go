package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// Most items of one request about groups, see msgdef.
const (
	maxGroups  = 100
	maxMembers = 500
	maxTalks   = 128
)

// FoundGroup makes a group that this user owns, and has others in it, at most 500 of
// them: more are added by ChangeGroup. Errors are those of Send.
func (c *Client) FoundGroup(ctx context.Context, info msgdef.GroupInfo, uids ...uint64) (msgdef.Conversation, error) {
	for {
		conv := msgdef.GroupConv(max(rand.Uint64(), 1))
		_, err := c.ChangeGroup(ctx, conv, &msgdef.GroupChange{Act: msgdef.GroupFound, Info: info, UIDs: uids})
		var taken *Error
		if !errors.As(err, &taken) || taken.Code != msgdef.CodeGroupExists {
			return conv, err
		}
	}
}

// ChangeGroup does something to a group, see msgdef.GroupAct. Errors are those of
// Send, and ErrArgument.
func (c *Client) ChangeGroup(ctx context.Context, conv msgdef.Conversation, change *msgdef.GroupChange) (Sent, error) {
	return c.event(ctx, conv, msgdef.ContentGroup, change)
}

// Groups returns those of convs that exist and that this user may know of.
// Errors are those of History.
func (c *Client) Groups(ctx context.Context, convs ...msgdef.Conversation) (all []msgdef.Group, err error) {
	for part := range slices.Chunk(convs, c.edge.most(maxGroups)) {
		page, err := c.groups(ctx, func(req uint64) frame.Message { return &msgdef.GetGroups{Req: req, Convs: part} })
		if err != nil {
			return nil, err
		}
		all = append(all, page.Groups...)
	}
	return all, nil
}

// GroupPage is a page of groups.
type GroupPage struct {
	Groups []msgdef.Group
	Next   string // begins the next page; empty when there is none
}

// FindGroups returns listed groups whose name begins with prefix, by name. after
// is Next of the page before, or empty. Errors are those of History.
func (c *Client) FindGroups(ctx context.Context, prefix, after string) (GroupPage, error) {
	question := msgdef.FindGroups{Prefix: prefix, After: after}
	if err := checkArgument(question.Validate()); err != nil {
		return GroupPage{}, err
	}
	return c.groups(ctx, func(req uint64) frame.Message {
		return &msgdef.FindGroups{Req: req, Prefix: prefix, After: after}
	})
}

func (c *Client) groups(ctx context.Context, ask func(uint64) frame.Message) (page GroupPage, err error) {
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			page = GroupPage{}
			return ask(req)
		},
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.Groups)
			if !ok {
				return false, protocolError("%T in answer to a question about groups", answer)
			}
			for i := range m.List {
				page.Groups = append(page.Groups, *m.List[i].Clone())
			}
			page.Next = m.Clone().Next
			return m.Last, bounded("Groups", len(page.Groups), maxGroups)
		},
	})
	return page, err
}

// bounded refuses an answer that has more than was asked for.
func bounded(what string, n, most int) error {
	if n > most {
		return protocolError("%s: an answer without end", what)
	}
	return nil
}

// HandleGroups implements msgdef.DownHandler.
func (s *session) HandleGroups(m *msgdef.Groups) error { return s.answer(m.Req, m) }

// MemberPage is a page of a group's members, by ascending uid.
type MemberPage struct {
	Members []msgdef.GroupMember
	More    bool // there are more, after the last one
}

// Members returns at most limit members of a group after a uid; 0 is the
// beginning, limit 0 leaves it to the server. Errors are those of History.
func (c *Client) Members(ctx context.Context, conv msgdef.Conversation, after uint64, limit int) (page MemberPage, err error) {
	if err := checkLimit(limit, maxMembers); err != nil {
		return page, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			page = MemberPage{}
			return &msgdef.GetMembers{Req: req, Conv: conv, After: after, Limit: uint16(limit)}
		},
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.Members)
			if !ok {
				return false, protocolError("%T in answer to GetMembers", answer)
			}
			page.Members, page.More = append(page.Members, m.List...), m.More
			return m.Last, bounded("Members", len(page.Members), maxMembers)
		},
	})
	return page, err
}

// HandleMembers implements msgdef.DownHandler.
func (s *session) HandleMembers(m *msgdef.Members) error { return s.answer(m.Req, m) }

// Talk is a conversation of the user.
type Talk struct {
	Conv   msgdef.Conversation
	Head   uint64   // cseq of the newest message
	Read   uint64   // cseq up to which the user has read
	Unread uint64   // messages after that, without events
	Since  uint64   // cseq from which on the user may read
	Newest *Message // nil when there is none; its USeq is 0
	Big    bool     // a group whose messages have no place in the inbox

	State msgdef.TalkState // what the user has set
}

// TalkPage is a page of the user's conversations, by their names.
type TalkPage struct {
	Talks []Talk
	More  bool   // there are more, after the last one
	Head  uint64 // useq that the page is not older than
}

// Talks returns at most limit of the user's conversations after one; the zero
// conversation is the beginning, limit 0 leaves it to the server. Errors are
// those of History.
func (c *Client) Talks(ctx context.Context, after msgdef.Conversation, limit int) (page TalkPage, err error) {
	if err := checkLimit(limit, maxTalks); err != nil {
		return page, err
	}
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			page = TalkPage{}
			return &msgdef.GetConversations{Req: req, After: after, Limit: uint16(limit)}
		},
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.Conversations)
			if !ok {
				return false, protocolError("%T in answer to GetConversations", answer)
			}
			return m.Last, page.add(m)
		},
	})
	for i := range page.Talks {
		c.watch(page.Talks[i].Newest)
	}
	return page, err
}

// add takes a frame of an answer.
func (p *TalkPage) add(m *msgdef.Conversations) error {
	p.More, p.Head = m.More, m.Head
	for i := range m.List {
		in := &m.List[i]
		t := Talk{Conv: in.Conv, Head: in.Head, Read: in.Read, Unread: in.Unread, Since: in.Since, Big: in.Big}
		if len(in.Newest) > 0 {
			t.Newest = new(Message)
			if err := t.Newest.Decode(in.Newest); err != nil {
				return protocolError("message in Conversations: %w", err)
			}
		}
		if len(in.State) > 0 {
			if err := t.State.Decode(in.State); err != nil {
				return protocolError("state in Conversations: %w", err)
			}
		}
		p.Talks = append(p.Talks, t)
	}
	return bounded("Conversations", len(p.Talks), maxTalks)
}

// HandleConversations implements msgdef.DownHandler.
func (s *session) HandleConversations(m *msgdef.Conversations) error {
	if s.listed(m) {
		return nil
	}
	return s.answer(m.Req, m)
}
