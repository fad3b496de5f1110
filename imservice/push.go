package imservice

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// RegisterPush implements rpc.PushTokens.
func (s *Server) RegisterPush(context.Context, *rpc.PushToken) error {
	return rpc.Errorf(msgdef.CodeUnavailable, "this server does not push")
}
