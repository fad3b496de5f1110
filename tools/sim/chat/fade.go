package chat

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/sim-im/sim/gate/client"
)

// fade is :fade to seconds text.
type fade struct {
	to    string
	lasts time.Duration
	text  string
}

func readFade(args []string, rest string) (command, string) {
	seconds, err := strconv.ParseUint(args[1], 10, 32)
	if err != nil || seconds == 0 {
		return nil, fmt.Sprintf("%q is no number of seconds", args[1])
	}
	return fade{args[0], time.Duration(seconds) * time.Second, behind(rest, args)}, ""
}

// onExpired has listen tell of a message that nobody can read any more.
func (s *session) onExpired(m client.Expired) {
	s.aside(func(ctx context.Context) {
		s.screen.show(expiredEvent{
			Event: "expired", Conversation: conversation(m.Conv), With: s.with(ctx, m.Conv), CSeq: m.CSeq,
		})
	})
}

// aside has listen show something, unless the screen does not keep up.
func (s *session) aside(show func(ctx context.Context)) {
	select {
	case s.asides <- func() {
		ctx, cancel := s.timeout(context.Background())
		defer cancel()
		show(ctx)
	}:
	default:
	}
}
