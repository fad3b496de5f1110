package client

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// RegisterPush says where notifications for this device go while it is not
// connected, with the token that the provider gave the app. An empty token ends
// them. An app does this at every start: tokens change. It returns when the
// server has stored it; errors are those of History.
func (c *Client) RegisterPush(ctx context.Context, provider msgdef.PushProvider, token []byte) error {
	question := &msgdef.RegisterPush{Provider: provider, Token: token}
	if err := checkArgument(question.Validate()); err != nil {
		return err
	}
	return c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			asked := *question
			asked.Req = req
			return &asked
		},
		take: func(answer any) (bool, error) {
			if _, ok := answer.(*msgdef.PushOK); !ok {
				return false, protocolError("%T in answer to RegisterPush", answer)
			}
			return true, nil
		},
	})
}

// HandlePushOK implements msgdef.DownHandler.
func (s *session) HandlePushOK(m *msgdef.PushOK) error { return s.answer(m.Req, m) }
