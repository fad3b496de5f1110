package kitex

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cloudwego/kitex/pkg/remote/trans/gonet"
	"github.com/cloudwego/kitex/pkg/rpcinfo"
	"github.com/cloudwego/kitex/pkg/serviceinfo"
	"github.com/cloudwego/kitex/pkg/stats"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/server"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// longest bounds calls that do not say how long they may take.
const longest = 30 * time.Second

// Server offers implementations of contracts to other processes.
type Server struct {
	options  ServerOptions
	listener *listener
	kitex    server.Server
	frames   *frames
	calls    inflight
	outcomes counts

	base    context.Context // of all calls
	cancel  context.CancelFunc
	exit    chan error // what Kitex waits for, which has its own idea of signals
	closing atomic.Bool
	running atomic.Bool
	done    chan struct{} // closed when Serve has returned
}

// NewServer returns a server that does not serve yet. The error says which
// option is wrong.
func NewServer(o ServerOptions, offers ...Offer) (*Server, error) {
	o = o.withDefaults()
	if err := o.validate(offers); err != nil {
		return nil, err
	}
	silence()
	s := &Server{options: o, listener: newListener(o), frames: newFrames(o.MaxFrame), exit: make(chan error), done: make(chan struct{})}
	s.base, s.cancel = context.WithCancel(context.Background())
	s.kitex = server.NewServer(
		server.WithListener(s.listener),
		server.WithTransServerFactory(gonet.NewTransServerFactory()),
		server.WithTransHandlerFactory(gonet.NewSvrTransHandlerFactory()),
		server.WithServerBasicInfo(&rpcinfo.EndpointBasicInfo{ServiceName: offers[0].service.name}),
		server.WithMetaHandler(transmeta.ServerTTHeaderHandler),
		server.WithMetaHandler(serverMeta{version: strconv.Itoa(int(o.version))}),
		server.WithCodec(s.frames),
		server.WithReadWriteTimeout(transferTime),
		server.WithExitWaitTime(transferTime),
		server.WithExitSignal(func() <-chan error { return s.exit }),
		server.WithTracer(&s.calls),
		server.WithStatsLevel(stats.LevelDisabled),
		server.WithRefuseTrafficWithoutServiceName(),
	)
	for _, offer := range offers {
		if err := s.kitex.RegisterService(s.describe(offer), s); err != nil {
			return nil, fmt.Errorf("kitex: %w", err)
		}
	}
	return s, nil
}

// describe describes an offer to Kitex.
func (s *Server) describe(o Offer) *serviceinfo.ServiceInfo {
	info := &serviceinfo.ServiceInfo{
		ServiceName: o.service.name, HandlerType: (*any)(nil), PayloadCodec: serviceinfo.Thrift,
		Methods: make(map[string]serviceinfo.MethodInfo, len(o.methods)),
	}
	for name, m := range o.methods {
		handle := func(ctx context.Context, _, in, out any) error {
			return s.handle(ctx, o.service, name, m, in.(*packet), out.(*packet))
		}
		info.Methods[name] = serviceinfo.NewMethodInfo(handle, newPacket, newPacket, false)
	}
	return info
}

// Serve accepts connections until Shutdown. It returns nil then, and an error
// when accepting failed for another reason.
func (s *Server) Serve() error {
	if s.running.Swap(true) {
		return errors.New("kitex: the server is running already")
	}
	defer close(s.done)
	err := s.kitex.Run()
	if s.closing.Load() {
		return nil
	}
	s.listener.closeAll()
	return fmt.Errorf("kitex: %w", err)
}

// Shutdown accepts no more connections, waits for the calls under way and
// closes the connections. When ctx ends earlier, it ends the calls' contexts,
// closes the connections anyway and returns the context's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closing.Store(true)
	_ = s.listener.Close()
	err := s.calls.wait(ctx)
	s.cancel()
	s.listener.closeAll()
	if err != nil || !s.running.Load() {
		return err
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// handle answers a call. The implementation gets a context with nothing but an
// end.
func (s *Server) handle(ctx context.Context, sv service, name string, m method, in, out *packet) error {
	meta, _ := ctx.Value(callMetaKey{}).(callMeta)
	raw, err := s.answer(meta, sv, name, m, in.raw)
	s.outcomes.called(err)
	if err != nil {
		return outgoing(err)
	}
	out.raw = raw
	return nil
}

// answer checks whether a call is to be answered and has it done.
func (s *Server) answer(meta callMeta, sv service, name string, m method, raw []byte) (out []byte, err error) {
	switch {
	case meta.version != s.options.version:
		return nil, undone(versionError(meta.caller, meta.version, sv.kind, s.options.version))
	case s.closing.Load():
		return nil, undone(rpc.Errorf(msgdef.CodeShuttingDown, "this %s is shutting down", sv.kind))
	}
	if meta.timeout == 0 {
		meta.timeout = longest
	}
	ctx, cancel := context.WithTimeout(s.base, meta.timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.options.Logger.Error("panic", "method", name, "caller", meta.caller, "value", p, "stack", string(debug.Stack()))
			out, err = nil, rpc.Errorf(msgdef.CodeUnavailable, "%s panicked", name)
		}
	}()
	out, err = m(ctx, raw)
	if err != nil && s.base.Err() != nil {
		err = rpc.Errorf(msgdef.CodeShuttingDown, "this %s was shut down during the call", sv.kind)
	}
	return out, err
}

// ServerStats counts what a server did since it was made.
type ServerStats struct {
	Calls    uint64                      // answered
	Failures map[msgdef.ErrorCode]uint64 // of these, by code
	Bad      uint64                      // frames that were refused as such
	Conns    int                         // open now
	Refused  uint64                      // connections beyond the bound
}

// Stats returns the counters as of now.
func (s *Server) Stats() ServerStats {
	o := s.outcomes.Stats()
	open, refused := s.listener.conns()
	return ServerStats{Calls: o.Calls, Failures: o.Failures, Bad: s.frames.bad.Load(), Conns: open, Refused: refused}
}
