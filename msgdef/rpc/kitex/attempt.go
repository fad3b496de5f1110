package kitex

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudwego/kitex/pkg/discovery"
	"github.com/cloudwego/kitex/pkg/proxy"
	"github.com/cloudwego/kitex/pkg/rpcinfo"
	"github.com/cloudwego/kitex/pkg/rpcinfo/remoteinfo"
)

// attempt is one call to one endpoint. Kitex gets it in a context of its own,
// which never ends: with one that does, Kitex makes every call in another
// goroutine. The connection ends with ctx and until instead.
type attempt struct {
	ctx      context.Context
	deadline time.Time // of the call, as the far end is told
	until    time.Time // when the attempt is given up, at the deadline or before
	endpoint Endpoint
	once     bool // what may have arrived is not sent again

	reused  bool   // the connection was used before
	sent    bool   // there was a connection, so it may have arrived
	version uint16 // of who answered; 0: nobody did
}

// attemptKey is where an attempt is in a context.
type attemptKey struct{}

// attemptOf returns the attempt that Kitex was called with.
func attemptOf(ctx context.Context) *attempt {
	return ctx.Value(attemptKey{}).(*attempt)
}

// target tells Kitex where to call. It takes the place of resolver and balancer,
// because who chooses must know what was tried before.
type target struct{}

var _ proxy.ForwardProxy = target{}

// Configure implements proxy.ForwardProxy.
func (target) Configure(*proxy.Config) error { return nil }

// ResolveProxyInstance implements proxy.ForwardProxy.
func (target) ResolveProxyInstance(ctx context.Context) error {
	to := remoteinfo.AsRemoteInfo(rpcinfo.GetRPCInfo(ctx).To())
	if to == nil {
		return fmt.Errorf("a call without a target")
	}
	to.SetInstance(discovery.NewInstance("tcp", attemptOf(ctx).endpoint.Addr, discovery.DefaultWeight, nil))
	return nil
}
