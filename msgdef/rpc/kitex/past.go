package kitex

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Pins implements rpc.Past.
func (m messages) Pins(ctx context.Context, in *rpc.PinsQuery) (*rpc.PinsReply, error) {
	return ask[rpc.PinsQuery, rpc.PinsReply](ctx, m.caller, methodPins, in)
}

// Typing implements rpc.Messages.
func (m messages) Typing(ctx context.Context, in *rpc.Typings) (*rpc.TypingReply, error) {
	return ask[rpc.Typings, rpc.TypingReply](ctx, m.caller, methodTyping, in)
}

// FindMessages implements rpc.Past.
func (m messages) FindMessages(ctx context.Context, in *rpc.MessageSearch) (*rpc.FoundMessages, error) {
	return ask[rpc.MessageSearch, rpc.FoundMessages](ctx, m.caller, methodFindMessages, in)
}

// Laters implements rpc.Past.
func (m messages) Laters(ctx context.Context, in *rpc.LatersQuery) (*rpc.LatersReply, error) {
	return ask[rpc.LatersQuery, rpc.LatersReply](ctx, m.caller, methodLaters, in)
}
