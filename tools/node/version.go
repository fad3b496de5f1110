package node

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// otherVersion returns why an instance cannot be worked with, nil when it can.
// Calls would find out as well; this way nobody has to make one.
func (p *Process) otherVersion(i registry.Instance) error {
	if i.RPC == rpc.Version {
		return nil
	}
	return rpc.Errorf(msgdef.CodeVersion, "%s %s speaks RPC version %d, this %s speaks %d", i.Role, i.ID, i.RPC, p.role, rpc.Version)
}

// refusing is the image in a route that cannot be worked with: /readyz and logs
// say why, as long as the route is there.
type refusing struct{ why error }

// Update implements rpc.Roster.
func (r refusing) Update(context.Context, *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	return nil, r.why
}
