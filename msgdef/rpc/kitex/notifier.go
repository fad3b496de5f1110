package kitex

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Notifier tells the routes of all regions. Notify copies the batch into a queue
// for each region and returns. One route of a region gets it, and when it does
// not answer or does not know all sessions, another one as well.
type Notifier struct {
	*link
	mu    sync.Mutex
	lanes map[string]*region // by region
}

// region is the queue of one region.
type region = lane[rpc.Notices, notices, *notices]

var _ rpc.Notifier = (*Notifier)(nil)

// DialNotifier returns a notifier over routes of any regions. It does not
// connect yet. The error says which option is wrong.
func DialNotifier(o ClientOptions) (*Notifier, error) {
	s := routeService()
	s.caller = messageService().kind
	c, err := o.open(s)
	if err != nil {
		return nil, err
	}
	return &Notifier{link: c.link, lanes: make(map[string]*region)}, nil
}

// Notify implements rpc.Notifier. An error says that no region has queued it:
// CodeUnavailable when no route is known, CodeBusy when all queues are full.
func (n *Notifier) Notify(ctx context.Context, in *rpc.Notices) error {
	if err := checkNotices(in); err != nil {
		return err
	}
	lanes := n.current()
	if len(lanes) == 0 {
		n.dropped(DropNobody, len(in.To))
		return rpc.Errorf(msgdef.CodeUnavailable, "no route is known")
	}
	var refusal error
	queued := false
	for _, l := range lanes {
		if err := l.add(ctx, in); err != nil {
			refusal = err
		} else {
			queued = true
		}
	}
	if queued {
		return nil
	}
	return refusal
}

// current returns the lanes of the regions there are now.
func (n *Notifier) current() []*region {
	n.mu.Lock()
	defer n.mu.Unlock()
	var lanes []*region
	for _, e := range n.options.Endpoints.Endpoints() {
		l := n.lanes[e.Region]
		if l == nil {
			l = n.open(e.Region)
			n.lanes[e.Region] = l
		}
		if !slices.Contains(lanes, l) {
			lanes = append(lanes, l)
		}
	}
	return lanes
}

// open returns a lane to a region. All message services prefer the same route
// there, so that batches of a user come in one order.
func (n *Notifier) open(name string) *region {
	c := newCaller(n.link, name, regional{n.options.Endpoints, name})
	return newLane[rpc.Notices, notices](c, request{method: methodNotify, spread: true}, weighNotices)
}

// all returns every lane there ever was.
func (n *Notifier) all() []*region {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Collect(maps.Values(n.lanes))
}

// Flush waits until everything queued was sent or dropped.
func (n *Notifier) Flush(ctx context.Context) error {
	var all []error
	for _, l := range n.all() {
		all = append(all, l.flush(ctx))
	}
	return errors.Join(all...)
}

// Health returns nil when every region has a route that answers as far as is
// known, and there is a region.
func (n *Notifier) Health() error {
	lanes := n.current()
	if len(lanes) == 0 {
		return errors.New("no route is known")
	}
	var all []error
	for _, l := range lanes {
		all = append(all, l.caller.Health())
	}
	return errors.Join(all...)
}

// Close drops what is queued and ends calls under way.
func (n *Notifier) Close() {
	n.link.close()
	for _, l := range n.all() {
		l.close()
	}
}
