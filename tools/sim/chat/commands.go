package chat

import (
	"context"
	"errors"
	"fmt"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// errQuit is how :q says that it was the last line.
var errQuit = errors.New("quit")

func (quit) run(context.Context, *session) error  { return errQuit }
func (empty) run(context.Context, *session) error { return nil }

func (help) run(_ context.Context, s *session) error {
	s.screen.show(note(helpText))
	return nil
}

func (p pause) run(ctx context.Context, s *session) error {
	if s.console.live() {
		return &LineError{Line: ":sleep", Why: "is for scripts"}
	}
	sleep(ctx, p.duration)
	return nil
}

// run sends.
func (c send) run(ctx context.Context, s *session) error {
	return s.write(ctx, c.to, c.text, msgdef.Extra{})
}

// run answers a message.
func (r reply) run(ctx context.Context, s *session) error {
	return s.write(ctx, r.to, r.text, msgdef.Extra{Reply: r.cseq})
}

// run sends a text that ends by itself.
func (f fade) run(ctx context.Context, s *session) error {
	return s.write(ctx, f.to, f.text, msgdef.Extra{Lifetime: uint32(f.lasts.Seconds())})
}

// write sends a text with what stands beside it. A script waits for the
// acknowledgement, so that lines happen in their order; a person goes on
// typing.
func (s *session) write(ctx context.Context, to, text string, beside msgdef.Extra) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.conversation(ctx, to)
	if err != nil {
		return err
	}
	if _, group := msgdef.GroupID(conv); group {
		to = s.groupName(ctx, conv)
	}
	draft := &client.Draft{
		Conv: conv, Kind: msgdef.ContentText, Body: []byte(text), Extra: s.beside(ctx, conv, text, beside),
	}
	c := newContent(draft.Kind, draft.Body)
	if c.Reply = beside.Reply; len(draft.Extra.Mentions) > 0 {
		c.Mentions = s.mentioned(ctx, draft.Extra.Mentions)
	}
	if s.console.live() {
		s.client.SendDraftFunc(draft, func(sent client.Sent, err error) {
			if err = s.sent(to, c, sent, err); err != nil {
				s.fail(err, 0)
			}
		})
		return nil
	}
	sent, err := s.client.SendDraft(ctx, draft)
	return s.sent(to, c, sent, err)
}

// sent shows that a message is durable, or returns why that is not known.
func (s *session) sent(to string, c content, sent client.Sent, err error) error {
	if err != nil {
		return unsent(to, err)
	}
	if c.Change == nil {
		s.memory.note(place{sent.Conv, sent.CSeq}, line{s.client.Account(), sent.At, c.Body})
	}
	if expires := sent.Expires(); !expires.IsZero() {
		c.Expires = expires.UnixMilli()
	}
	s.screen.show(sentEvent{
		Event: "sent", Conversation: conversation(sent.Conv), To: to, content: c,
		CSeq: sent.CSeq, USeq: sent.USeq, At: sent.At,
	})
	return nil
}

// pair returns the conversation with a user.
func (s *session) pair(ctx context.Context, name string) (conv msgdef.Conversation, err error) {
	self := s.client.UID()
	if name == s.client.Account() {
		return msgdef.Pair(self, self), nil
	}
	found, err := s.client.Lookup(ctx, name)
	if err != nil {
		return conv, unanswered("who is "+name, err)
	}
	uid, ok := found[name]
	if !ok {
		uid, ok = s.formerly(ctx, name)
	}
	if !ok {
		return conv, &client.Error{Code: msgdef.CodeUnknownUser, Detail: "there is no user " + name}
	}
	return msgdef.Pair(self, uid), nil
}

func (online) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	presence, err := s.client.Online(ctx)
	if err != nil {
		return unanswered("who is online", err)
	}
	uids := make([]uint64, len(presence.Users))
	for i, u := range presence.Users {
		uids[i] = u.UID
	}
	names := s.names(ctx, uids...)
	e := presenceEvent{Event: "presence", Total: presence.Total, Users: []onlineUser{}}
	for _, u := range presence.Users {
		e.Users = append(e.Users, onlineUser{User: names[u.UID], Devices: int(u.Devices), Since: u.Since})
	}
	s.screen.show(e)
	return nil
}

// names returns a name for each user, "#" and the id where the server does not
// tell.
func (s *session) names(ctx context.Context, uids ...uint64) map[uint64]string {
	names, err := s.client.Names(ctx, uids...)
	if err != nil {
		names = make(map[uint64]string, len(uids))
	}
	for _, uid := range uids {
		if _, ok := names[uid]; !ok {
			names[uid] = fmt.Sprintf("#%d", uid)
		}
	}
	return names
}
