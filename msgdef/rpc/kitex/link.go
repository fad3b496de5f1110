package kitex

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/remote/trans/gonet"
	"github.com/cloudwego/kitex/pkg/rpcinfo"
	"github.com/cloudwego/kitex/pkg/serviceinfo"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/transport"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxCalls bounds the calls of a link under way, and so its connections.
const maxCalls = 1024

// link is Kitex's client of one service, with the connections to all its
// endpoints.
type link struct {
	service service
	options ClientOptions
	pool    *pool
	kitex   client.Client
	slots   chan struct{} // taken by calls under way
	closed  atomic.Bool
	counts
}

// newLink returns a link without connections.
func newLink(s service, o ClientOptions) (*link, error) {
	silence()
	l := &link{service: s, options: o, pool: newPool(o.TLS), slots: make(chan struct{}, maxCalls)}
	meta := clientMeta{version: strconv.Itoa(int(o.version)), caller: describe(s.caller, o.Self)}
	k, err := client.NewClient(s.client(),
		client.WithDestService(s.name),
		client.WithClientBasicInfo(&rpcinfo.EndpointBasicInfo{ServiceName: s.caller}),
		client.WithTransportProtocol(transport.TTHeaderFramed),
		client.WithTransHandlerFactory(gonet.NewCliTransHandlerFactory()),
		client.WithMetaHandler(transmeta.ClientTTHeaderHandler),
		client.WithMetaHandler(meta),
		client.WithCodec(newFrames(o.MaxFrame)),
		client.WithConnPool(l.pool),
		client.WithProxy(target{}),
	)
	if err != nil {
		return nil, fmt.Errorf("kitex: %w", err)
	}
	l.kitex = k
	return l, nil
}

// client describes the service to Kitex. Every method carries packets, so none
// needs to be named.
func (s service) client() *serviceinfo.ServiceInfo {
	carry := serviceinfo.NewMethodInfo(nil, newPacket, newPacket, false)
	return &serviceinfo.ServiceInfo{
		ServiceName: s.name, PayloadCodec: serviceinfo.Thrift,
		GenericMethod: func(context.Context, string) serviceinfo.MethodInfo { return carry },
	}
}

// try makes an attempt, which it copies. An error is an *rpc.Error when somebody
// decided so, and a *lost when nobody answered.
func (l *link) try(plan attempt, method string, raw []byte) ([]byte, error) {
	for {
		a := plan
		out, err := l.once(&a, method, raw)
		if !isLost(err) || !a.reused || a.once || !time.Now().Before(a.until) {
			return out, err
		}
		// The connection had rested, and its end was not noticed meanwhile.
		l.pool.clean(a.endpoint.Addr)
	}
}

// once makes a call over one connection.
func (l *link) once(a *attempt, method string, raw []byte) ([]byte, error) {
	if l.closed.Load() {
		return nil, errClosed
	}
	var out packet
	err := l.kitex.Call(context.WithValue(context.Background(), attemptKey{}, a), method, &packet{raw: raw}, &out)
	refusal, refused := incoming(err)
	switch {
	case refused && refusal.Code == msgdef.CodeVersion:
		return nil, refusal // it names both
	case a.version != 0 && a.version != l.options.version:
		other := describe(l.service.kind, a.endpoint.ID)
		return nil, versionError(other, a.version, l.service.caller, l.options.version)
	case refused:
		return nil, refusal
	case err != nil:
		return nil, l.failure(a, method, err)
	case a.version == 0:
		return nil, rpc.Errorf(msgdef.CodeVersion, "%s at %s does not tell its RPC version", l.service.kind, a.endpoint.Addr)
	}
	return out.raw, nil
}

// failure says what an error of Kitex means for the call.
func (l *link) failure(a *attempt, method string, err error) error {
	switch {
	case l.closed.Load():
		return errClosed
	case a.ctx.Err() != nil || !time.Now().Before(a.deadline):
		err := timeoutError(a.endpoint, l.service.kind, method)
		err.Undone = !a.sent
		return err
	}
	return &lost{kind: l.service.kind, endpoint: a.endpoint, cause: plainly(root(err), a.reused), unsent: !a.sent}
}

// enter takes part in the bound of calls under way.
func (l *link) enter(ctx context.Context, deadline time.Time) error {
	select {
	case l.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
	case <-timer.C:
	}
	return &rpc.Error{Code: msgdef.CodeBusy, Detail: "too many calls are under way", Retry: busyRetry, Undone: true}
}

// leave ends what enter began.
func (l *link) leave() { <-l.slots }

// close ends the calls under way and refuses others.
func (l *link) close() {
	l.closed.Store(true)
	_ = l.pool.Close()
}

// errClosed is the answer of what was closed.
var errClosed = &rpc.Error{Code: msgdef.CodeShuttingDown, Detail: "the connection to the far end was closed here"}

// timeoutError says that a deadline passed, or that the caller gave up.
func timeoutError(e Endpoint, kind, method string) *rpc.Error {
	return rpc.Errorf(msgdef.CodeTimeout, "%s at %s did not answer %s in time", describe(kind, e.ID), e.Addr, method)
}
