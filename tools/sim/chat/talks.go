package chat

import (
	"cmp"
	"context"
	"slices"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// mostTalks bounds :talks.
const mostTalks = 4096

// allTalks asks for page after page of the user's conversations.
func (s *session) allTalks(ctx context.Context) (all []client.Talk, more bool, err error) {
	var after msgdef.Conversation
	for {
		page, err := s.client.Talks(ctx, after, 0)
		if err != nil {
			return nil, false, err
		}
		all = append(all, page.Talks...)
		if !page.More || len(page.Talks) == 0 || len(all) >= mostTalks {
			return all, page.More, nil
		}
		after = page.Talks[len(page.Talks)-1].Conv
	}
}

// run lists the user's conversations.
func (talks) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	all, more, err := s.allTalks(ctx)
	if err != nil {
		return unanswered(":talks", err)
	}
	slices.SortStableFunc(all, func(a, b client.Talk) int { return cmp.Compare(newestAt(&b), newestAt(&a)) })
	e := talksEvent{Event: "talks", Talks: []talkShown{}, More: more}
	for i := range all {
		e.Talks = append(e.Talks, s.talk(ctx, &all[i]))
	}
	s.screen.show(e)
	return nil
}

func newestAt(t *client.Talk) int64 {
	if t.Newest == nil {
		return 0
	}
	return t.Newest.At
}

// talk makes what is shown of a conversation.
func (s *session) talk(ctx context.Context, t *client.Talk) talkShown {
	shown := talkShown{
		Conversation: conversation(t.Conv), With: s.with(ctx, t.Conv), Unread: t.Unread, Read: t.Read, Head: t.Head,
		stateShown: newStateShown(&t.State),
	}
	if m := t.Newest; m != nil {
		shown.Newest = &pastMessage{From: s.names(ctx, m.From)[m.From], content: s.content(ctx, m), CSeq: m.CSeq, At: m.At}
	}
	return shown
}

// with returns how a line names a conversation.
func (s *session) with(ctx context.Context, conv msgdef.Conversation) string {
	if peer, ok := msgdef.Peer(conv, s.client.UID()); ok {
		return s.names(ctx, peer)[peer]
	}
	return s.groupName(ctx, conv)
}
