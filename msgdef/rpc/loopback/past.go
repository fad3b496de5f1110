package loopback

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

func (s service) Pins(ctx context.Context, in *rpc.PinsQuery) (*rpc.PinsReply, error) {
	return ask(ctx, in, s.impl.Pins)
}

func (s service) Typing(ctx context.Context, in *rpc.Typings) (*rpc.TypingReply, error) {
	return ask(ctx, in, s.impl.Typing)
}

func (s service) FindMessages(ctx context.Context, in *rpc.MessageSearch) (*rpc.FoundMessages, error) {
	return ask(ctx, in, s.impl.FindMessages)
}

func (s service) Laters(ctx context.Context, in *rpc.LatersQuery) (*rpc.LatersReply, error) {
	return ask(ctx, in, s.impl.Laters)
}
