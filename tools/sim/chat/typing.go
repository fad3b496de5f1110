package chat

import (
	"context"

	"github.com/sim-im/sim/msgdef"
)

// typing is :typing user|#group.
type typing struct{ to string }

func readTyping(args []string, _ string) (command, string) { return typing{args[0]}, "" }

// run has others see that the user is writing.
func (t typing) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	conv, err := s.conversation(ctx, t.to)
	if err != nil {
		return err
	}
	return s.client.Typing(conv, false)
}

// onTyping has listen show who is writing.
func (s *session) onTyping(m msgdef.TypingBy) {
	s.aside(func(ctx context.Context) {
		e := typingEvent{Event: "typing", Conversation: conversation(m.Conv), By: s.names(ctx, m.UID)[m.UID], Off: m.Off}
		if _, group := msgdef.GroupID(m.Conv); group {
			e.Group = s.groupName(ctx, m.Conv)
		}
		s.screen.show(e)
	})
}
