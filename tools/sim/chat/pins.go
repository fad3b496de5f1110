package chat

import (
	"context"
	"fmt"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// pins is :pins user|#group.
type pins struct{ with string }

func readPins(args []string, _ string) (command, string) { return pins{args[0]}, "" }

// run lists what is pinned in a conversation.
func (p pins) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.conversation(ctx, p.with)
	if err != nil {
		return err
	}
	page, err := s.client.Pins(ctx, conv, 0, 0)
	if err != nil {
		return unanswered("pins with "+p.with, err)
	}
	s.screen.show(pinsEvent{
		Event: "pins", Conversation: conversation(conv), With: p.with,
		Messages: s.pastMessages(ctx, page.Messages), More: page.More,
	})
	return nil
}

// pastMessages makes what is shown of messages.
func (s *session) pastMessages(ctx context.Context, messages []*client.Message) []pastMessage {
	var uids []uint64
	for _, m := range messages {
		uids = append(uids, m.From)
	}
	names, gone, list := s.names(ctx, uids...), s.fate(ctx, uids...), []pastMessage{}
	for _, m := range messages {
		shown := pastMessage{From: names[m.From], Former: gone[m.From], content: s.content(ctx, m), CSeq: m.CSeq, At: m.At}
		if m.Kind < msgdef.FirstEvent {
			s.remember(m, shown.From, &shown.content)
		}
		list = append(list, shown)
	}
	return list
}

func (s *textScreen) pins(e pinsEvent) {
	if len(e.Messages) == 0 {
		fmt.Fprintf(s.out, "-- nothing is pinned with %s\n", printable(e.With))
		return
	}
	fmt.Fprintf(s.out, "-- pinned with %s, newest first\n", printable(e.With))
	for _, m := range e.Messages {
		s.message(m.At, fmt.Sprintf("#%d %s", m.CSeq, m.author()), m.content)
	}
	if e.More {
		fmt.Fprintln(s.out, "   and older ones")
	}
}
