package imservice

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// unreadScan is how many messages are looked through for one that the user has
// written, and has read with it.
const unreadScan = 256

// Talks implements rpc.Groups. The head is read first: what a conversation has
// that the list does not know comes through the inbox.
func (s *Server) Talks(ctx context.Context, query *rpc.TalksQuery) (*rpc.TalksReply, error) {
	if err := s.enter(ctx, 0, 0); err != nil {
		return nil, err
	}
	defer s.leave()
	head, err := s.heads.users.durable(query.UID)
	if err != nil {
		return nil, s.failure(err)
	}
	list := talkList{server: s, uid: query.UID, limit: limited(query.Limit, someTalks, maxTalks), reply: &rpc.TalksReply{Head: head}}
	if err := list.fill(ctx, query.After); err != nil {
		return nil, s.failure(err)
	}
	s.dropFaded(query.UID, list.faded)
	return list.reply, nil
}

// talkList is a page of conversations that is being made.
type talkList struct {
	server *Server
	uid    uint64
	limit  int
	reply  *rpc.TalksReply
	faded  []msgdef.Conversation // groups that are dissolved
}

// fill looks for conversations after one, until the page is full and it is known
// whether there are more.
func (l *talkList) fill(ctx context.Context, after msgdef.Conversation) error {
	for {
		convs, err := l.server.options.Store.Talks(nil, l.uid, after, l.limit+1)
		if err != nil {
			return err
		}
		states, err := l.server.talkStates(ctx, l.uid, convs)
		if err != nil {
			return err
		}
		for i, conv := range convs {
			if ctx.Err() != nil {
				return errDeadline
			}
			if err := l.add(conv, &states[i]); err != nil || l.reply.More {
				return err
			}
			after = conv
		}
		if len(convs) <= l.limit {
			return nil
		}
	}
}

// add adds a conversation that there is something to see of.
func (l *talkList) add(conv msgdef.Conversation, state *msgdef.TalkState) error {
	t, code, err := l.server.talk(l.uid, conv, state)
	_, group := msgdef.GroupID(conv)
	switch {
	case err != nil:
		return err
	case code == msgdef.CodeUnknownConversation && group:
		l.faded = append(l.faded, conv)
	case code != msgdef.CodeOK:
	case len(l.reply.List) == l.limit:
		l.reply.More = true
	default:
		l.reply.List = append(l.reply.List, t)
	}
	return nil
}

// talk returns a conversation as uid sees it, or why they see nothing:
// CodeForbidden also before the first message that they may read.
func (s *Server) talk(uid uint64, conv msgdef.Conversation, state *msgdef.TalkState) (t msgdef.Talk, code msgdef.ErrorCode, err error) {
	t.Conv, t.Since = conv, 1
	if _, group := msgdef.GroupID(conv); group {
		m, g, code, err := s.member(conv, uid)
		if err != nil || code != msgdef.CodeOK {
			return t, code, err
		}
		t.Since, t.Big = m.Since, g.Big != 0
	}
	if t.Head, err = s.heads.conversations.durable(conv); err != nil || t.Head < t.Since {
		return t, msgdef.CodeForbidden, err
	}
	newest, err := s.newest(conv, t.Head)
	if err == nil && newest != nil {
		newest, err = veil(newest, s.options.Now().UnixMilli())
	}
	if err != nil {
		return t, 0, err
	}
	if t.Read, err = s.heads.reads.durable(readKey{uid, conv}); err != nil {
		return t, 0, err
	}
	return t, msgdef.CodeOK, s.regardTalk(uid, &t, state, newest)
}

// unread counts the messages that uid has not read: those after the read mark, and
// after the newest one of their own.
func (s *Server) unread(uid uint64, t *msgdef.Talk) error {
	from := max(t.Read+1, t.Since)
	if from > t.Head {
		return nil
	}
	scan := max(from, t.Head-min(t.Head, unreadScan-1))
	messages, err := s.options.Store.Range(nil, t.Conv, scan, t.Head, true, unreadScan, unreadScan*msgdef.MaxStored)
	if err != nil {
		return err
	}
	var m msgdef.Message
	for i := len(messages) - 1; i >= 0; i-- {
		if err := m.DecodeAlias(messages[i]); err != nil {
			return err
		}
		if m.From == uid {
			t.Read = m.CSeq
			return nil
		}
		if m.Kind < msgdef.FirstEvent {
			t.Unread++
		}
	}
	return s.unreadBefore(t, from, scan)
}

// unreadBefore adds what lies between from and scan, without looking.
func (s *Server) unreadBefore(t *msgdef.Talk, from, scan uint64) error {
	if from == scan {
		return nil
	}
	read, err := s.countAt(t.Conv, from-1)
	if err != nil {
		return err
	}
	scanned, err := s.countAt(t.Conv, scan-1)
	t.Unread += scanned - min(read, scanned) // floors may have risen in between
	return err
}
