package route

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Forward implements rpc.Forwarder.
func (s *Server) Forward(_ context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
	replies := &rpc.AppReplies{Items: make([]rpc.AppReply, len(batch.Items))}
	for i := range replies.Items {
		replies.Items[i] = rpc.AppReply{Item: uint32(i), Code: msgdef.CodeUnknownType}
	}
	return replies, nil
}
