package node

import (
	"errors"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/route/registry"
)

// endpoints is a view as those who call see it.
type endpoints struct {
	view   registry.View
	region string // only those of this one; "" means all

	last atomic.Pointer[listed]
}

// listed is what a view looked like until changed is closed.
type listed struct {
	endpoints []kitex.Endpoint
	changed   <-chan struct{}
}

// Endpoints implements kitex.Endpoints.
func (e *endpoints) Endpoints() []kitex.Endpoint {
	if last := e.last.Load(); last != nil {
		select {
		case <-last.changed:
		default:
			return last.endpoints
		}
	}
	next := &listed{changed: e.view.Changed()} // before the instances, so that no change is missed
	for _, i := range e.view.Instances() {
		if e.region == "" || i.Region == e.region {
			next.endpoints = append(next.endpoints, endpoint(i))
		}
	}
	e.last.Store(next)
	return next.endpoints
}

// known returns an error while there are none.
func (e *endpoints) known() error {
	if len(e.Endpoints()) == 0 {
		return errors.New("none is known")
	}
	return nil
}

func endpoint(i registry.Instance) kitex.Endpoint {
	return kitex.Endpoint{ID: i.ID, Region: i.Region, Addr: i.Addr, Epoch: i.Epoch, RPC: i.RPC}
}
