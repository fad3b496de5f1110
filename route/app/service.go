package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
)

// Handler serves one frame. It may answer with Reply any number of times up to
// rpc.MaxReplies, or not at all. An error answers too: one of Refuse, or of
// decoding, as it is; of any other the client learns only that the service
// failed. It runs for several users at once.
type Handler func(*Call) error

// Service is a business service that runs. All methods may be called from any
// goroutine.
type Service struct {
	options Options
	handler Handler
	server  *kitex.Server
	claim   rpc.Claim
	links   []*link
	users   users
	counts  counts

	stop    context.CancelFunc // of the claims' renewal
	loops   sync.WaitGroup
	changed chan struct{} // holds a signal when a link has news
	failed  chan error    // holds why the server ended by itself
	closing sync.Once
	err     error // of Close
}

// closeWithin bounds the ordered end of Serve.
const closeWithin = 10 * time.Second

// Serve runs a service until ctx ends, and then ends it in order. It returns an
// error when options are wrong, the address is taken, or every route refuses
// the claim, for example because another service has the types. Routes that are
// not there are waited for.
func Serve(ctx context.Context, o Options, h Handler) error {
	s, err := Start(o, h)
	if err != nil {
		return err
	}
	if err = s.Ready(ctx); err == nil {
		select {
		case <-ctx.Done():
		case err = <-s.failed:
		}
	}
	if ctx.Err() != nil {
		err = nil
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	return errors.Join(err, s.Close(end))
}

// Start runs a service that Close ends. It does not wait for routes: Ready
// does.
func Start(o Options, h Handler) (*Service, error) {
	o = o.withDefaults()
	if err := o.validate(h); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	s := &Service{options: o, handler: h, changed: make(chan struct{}, 1), failed: make(chan error, 1)}
	s.users.open(o)
	s.claim = rpc.Claim{Service: o.Service, Instance: o.Instance, Addr: o.Advertise, First: o.First, Last: o.Last}
	if s.claim.Addr == "" {
		s.claim.Addr = listener.Addr().String()
	}
	s.server, err = kitex.NewServer(kitex.ServerOptions{Listener: listener, TLS: o.ServerTLS, Logger: o.Logger}, kitex.OfferApplication(s))
	if err == nil {
		err = s.dial()
	}
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	s.run()
	return s, nil
}

// dial prepares the calls to routes.
func (s *Service) dial() error {
	for _, addr := range s.options.Routes {
		l, err := newLink(s, addr)
		if err != nil {
			return err
		}
		s.links = append(s.links, l)
	}
	return nil
}

// run begins to serve and to claim.
func (s *Service) run() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.loops.Go(func() {
		if err := s.server.Serve(); err != nil {
			s.options.Logger.Error("the service is not reached any more", "error", err)
			s.failed <- err
		}
	})
	for _, l := range s.links {
		s.loops.Go(func() { l.keep(ctx) })
	}
	s.options.Logger.Info("serving", "service", s.options.Service, "instance", s.options.Instance,
		"addr", s.claim.Addr, "first", s.options.First, "last", s.options.Last)
}

// Addr returns the address that routes are told.
func (s *Service) Addr() string { return s.claim.Addr }

// Ready waits until a route has taken the claim. It returns an error when every
// route has refused it, or ctx ends before.
func (s *Service) Ready(ctx context.Context) error {
	for {
		claimed, refused, errs := s.state()
		switch {
		case claimed > 0:
			return nil
		case refused == len(s.links):
			return errors.Join(errs...)
		}
		select {
		case <-s.changed:
		case <-ctx.Done():
			return errors.Join(append(errs, ctx.Err())...)
		}
	}
}

// Health returns nil when every route has the claim; otherwise what is wrong
// with each of the others.
func (s *Service) Health() error {
	_, _, errs := s.state()
	return errors.Join(errs...)
}

// state sums up the links.
func (s *Service) state() (claimed, refused int, errs []error) {
	for _, l := range s.links {
		held, final, err := l.state()
		switch {
		case held:
			claimed++
			continue
		case final:
			refused++
		}
		errs = append(errs, fmt.Errorf("route %s: %w", l.addr, err))
	}
	return claimed, refused, errs
}

// Close releases the claims, lets the frames under way be answered and ends.
// When ctx ends before, the rest is cut short; a handler that still runs then is
// named by the error. Closing again returns the same.
func (s *Service) Close(ctx context.Context) error {
	s.closing.Do(func() {
		s.stop()
		s.release(ctx)
		s.err = errors.Join(s.server.Shutdown(ctx), s.users.wait(ctx))
		for _, l := range s.links {
			l.api.Close()
		}
		s.loops.Wait()
	})
	return s.err
}

// release takes the claims back at all routes at once.
func (s *Service) release(ctx context.Context) {
	var calls sync.WaitGroup
	for _, l := range s.links {
		calls.Go(func() { l.release(ctx) })
	}
	calls.Wait()
}
