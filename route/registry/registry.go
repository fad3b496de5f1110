package registry

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Role is what an instance does.
type Role string

// The roles that look for one another.
const (
	Gate      Role = "gate"
	Route     Role = "route"
	IMService Role = "imservice"
	Push      Role = "push"
)

// Instance is a process that others can call.
type Instance struct {
	Role   Role
	Region string // "" is not allowed; a small installation calls its only one "default"
	ID     string // unique in its role, 1 to 64 bytes
	Epoch  uint64 // of the process; grows from one to the next of the same ID
	Addr   string // host:port of its RPC server
	RPC    uint16 // rpc.Version it speaks
}

// Registry is the soft state that a cluster shares. What is in it comes back by
// itself when it was lost; nothing in it is the truth about a message.
type Registry interface {
	// Announce lists an instance, in the background and for as long as it takes,
	// until the returned function is called, which takes it off the list and
	// returns when that is done or could not be done soon. It renews the lease,
	// and lists the instance anew where the lease was lost. An instance that
	// Validate refuses is never listed.
	Announce(Instance) (withdraw func())

	// View follows the instances of a role until the registry is closed.
	View(Role) View

	// Image is where the sessions of a gate's process are kept for others to look
	// up. The gate is announced here as well, see the package: before that
	// updates fail with CodeUnavailable. It wants a snapshot after its lease was
	// lost. An epoch that is over is refused with CodeForbidden, also when only
	// the registry knows that another process has followed. An update that failed
	// with CodeUnavailable may be repeated. There is one image per process.
	Image(gate Instance) rpc.Roster

	// Online tells who of at most 500 users has a session at a gate that lives,
	// in any region: by ascending id, each once, with the number of devices.
	Online(ctx context.Context, uids []uint64) ([]msgdef.Online, error)

	// Sweep removes what dead gates of a region, and snapshots that were replaced,
	// have left, at most limit sessions, on behalf of the region's master. A term
	// below the highest seen for the region is refused with CodeForbidden. more
	// tells that there is more to remove. CodeBusy says that somebody is at it.
	Sweep(ctx context.Context, region string, term uint64, limit int) (removed int, more bool, err error)

	// Tickets is where sessions that may be resumed in a region are kept. Nobody
	// sees those of another region.
	Tickets(region string) rpc.Tickets

	// Health returns nil, or why the registry cannot be reached now.
	Health() error

	// Close ends announcing and watching; instances that were not withdrawn stay
	// listed until their leases end.
	Close() error
}

// View is the instances of a role as they were seen last. While the registry
// cannot be reached it stays as it is.
type View interface {
	// Instances returns them in the order of Region and ID. The slice is shared
	// and only read.
	Instances() []Instance

	// Changed returns a channel that is closed when Instances returns something
	// else than at the time of this call.
	Changed() <-chan struct{}
}
