package dev

import (
	"context"

	"github.com/sim-im/sim/msgdef/rpc"
)

// evictor is the route of a server, which is made after the message service and
// before anybody has a session to end.
type evictor struct{ server *Server }

// Evict implements rpc.Evictor.
func (e evictor) Evict(ctx context.Context, batch *rpc.Evictions) error {
	return e.server.route.Evict(ctx, batch)
}
