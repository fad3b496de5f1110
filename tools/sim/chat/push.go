package chat

import (
	"context"
	"fmt"

	"github.com/sim-im/sim/msgdef"
)

// register says where notifications for this device go while it is away, or
// with an empty token that there are none.
type register struct { // :push log | webhook token | off
	provider msgdef.PushProvider
	token    string
}

// pushEvent says that a registration is stored.
type pushEvent struct {
	Event    string `json:"event"`              // push
	Provider string `json:"provider,omitempty"` // log, webhook; none when they are off
}

// parsePush reads the arguments of :push.
func parsePush(line string, args []string) (command, error) {
	switch {
	case len(args) == 1 && args[0] == "off":
		return register{}, nil
	case len(args) == 1 && args[0] == "log":
		return register{msgdef.PushLog, "chat"}, nil
	case len(args) == 2 && args[0] == "webhook":
		return register{msgdef.PushWebhook, args[1]}, nil
	}
	return nil, &LineError{Line: line, Why: "is :push log, :push webhook token, or :push off"}
}

// run registers.
func (r register) run(ctx context.Context, s *session) error {
	ctx, cancel := s.timeout(ctx)
	defer cancel()
	if err := s.client.RegisterPush(ctx, r.provider, []byte(r.token)); err != nil {
		return unanswered(":push", err)
	}
	e := pushEvent{Event: "push"}
	if r.token != "" {
		e.Provider = r.provider.String()
	}
	s.screen.show(e)
	return nil
}

// String is the event as people read it.
func (e pushEvent) String() string {
	if e.Provider == "" {
		return "-- no notifications when this device is away"
	}
	return fmt.Sprintf("-- notifications by %s when this device is away", e.Provider)
}
