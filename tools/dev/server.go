package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/gate"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/imservice"
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/imservice/store/pebble"
	"github.com/sim-im/sim/imservice/store/postgres"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/route"
	"github.com/sim-im/sim/route/registry/memory"
	"github.com/sim-im/sim/tools/keys"
	"github.com/sim-im/sim/tools/ops"
)

// gateID names the one gate of the process.
const gateID = "dev"

// Server is everything in one process.
//
//	listener ──▶ gate ──▶ route ──▶ service ──▶ store
//	               ▲        │ ▲        │
//	               └─deliver┘ └─notify─┘
//	                        ▲ │
//	       rpc ──claim, tell┘ └─handle──▶ business services of other processes
type Server struct {
	opts   Options
	logger *slog.Logger
	folder folder
	keys   keys.Folder

	// In the order of Start; Close goes backwards.
	listener transport.Listener
	udp      transport.Listener // of QUIC; nil with Options.NoQUIC
	browsers *ops.Browsers      // nil without Options.WS
	sources  []ops.Source       // of the listeners
	http     net.Listener       // nil without Options.HTTP
	rpc      net.Listener       // of business services; nil without Options.RPC
	store    store.Store
	media    *ops.Media // nil without Options.Media
	service  *imservice.Server
	route    *route.Server
	apps     *kitex.Server // nil without rpc
	push     pusher
	gate     *gate.Server
	admin    *ops.Admin

	inUse    atomic.Pointer[secure.GateKey] // the gate's key; nil before there is one
	renewing sync.Mutex                     // orders what changes it

	state   atomic.Pointer[string] // what is missing as a whole; nil when nothing is
	quit    chan struct{}          // closed when Close begins
	loops   sync.WaitGroup
	failing sync.Once
	failed  chan struct{} // closed when a loop has ended by itself
	err     error         // why; set before failed is closed

	closing  sync.Once
	closeErr error
}

// Start starts everything, and returns when clients can connect. The error is
// a *FolderError when it is about Options.Data. ctx bounds the start only.
func Start(ctx context.Context, options Options) (*Server, error) {
	options = options.withDefaults()
	if err := options.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		opts: options, logger: options.Logger, folder: folder(options.Data),
		quit: make(chan struct{}), failed: make(chan struct{}),
	}
	s.keys = keys.Folder{Dir: options.Data, Rand: options.Rand, Now: options.Now}
	s.announce("starting")
	for _, step := range []func() error{s.openListeners, s.openStore, s.openService, s.openPush, s.openMedia, s.openGate, s.openApps, s.openAdmin} {
		err := ctx.Err()
		if err == nil {
			err = step()
		}
		if err != nil {
			return nil, errors.Join(err, s.Close(ctx))
		}
	}
	s.state.Store(nil)
	if err := s.service.Health(); err != nil {
		s.logger.Warn("messages are not taken now", "err", err)
	}
	s.logger.Info("ready", "clients", s.Addr(), "browsers", s.WSURL(), "operators", s.HTTPAddr(), "services", s.RPCAddr(), "data", options.Data)
	return s, nil
}

// openListeners takes the addresses first: the data of a server that already
// runs is not touched.
func (s *Server) openListeners() (err error) {
	if err = errors.Join(s.openClients(), s.openBrowsers()); err != nil {
		return err
	}
	if s.http, err = listenAt(s.opts.HTTP); err != nil {
		return fmt.Errorf("operators: %w", err)
	}
	if s.rpc, err = listenAt(s.opts.RPC); err != nil {
		return fmt.Errorf("business services: %w", err)
	}
	s.media, err = ops.OpenMedia(s.opts.Media, s.opts.Now)
	return err
}

// listenAt returns nil for no address.
func listenAt(addr string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	return net.Listen("tcp", addr)
}

func (s *Server) openStore() error {
	if err := s.folder.wrap(s.keys.Make()); err != nil {
		return err
	}
	if s.opts.Store != "" {
		return s.openDatabase()
	}
	opened, err := pebble.Open(pebble.Options{
		Dir: s.folder.store(), Logger: s.logger, Now: s.opts.Now, MinFree: s.opts.MinFree,
		CacheSize: s.opts.StoreCache, MemTableSize: s.opts.StoreMemTable,
	})
	if err != nil {
		return s.folder.wrap(err)
	}
	s.store = opened
	return nil
}

// openDatabase migrates, as operators do by hand where there are more processes.
func (s *Server) openDatabase() error {
	if _, err := postgres.Migrate(context.Background(), s.opts.Store, 0); err != nil {
		return err
	}
	opened, err := postgres.Open(postgres.Options{URL: s.opts.Store, Logger: s.logger})
	if err != nil {
		return err
	}
	s.store = opened
	return nil
}

func (s *Server) openService() (err error) {
	s.service, err = imservice.New(imservice.Options{
		Store: s.store, Logger: s.logger, Now: s.opts.Now,
		Evictor: evictor{s}, OpenRegistration: true, Exempt: exempt, Issuers: s.opts.Issuers, Media: ops.MediaSigner(s.media),
		FriendsOnly: s.opts.FriendsOnly, FindPeople: s.opts.FindPeople, Limits: s.opts.ServiceLimits, Password: s.opts.PasswordCost,
	})
	if err != nil {
		return err
	}
	s.route, err = route.New(route.Options{
		Service: s.service, Policy: s.opts.LoginPolicy, Logger: s.logger, Now: s.opts.Now, Tickets: memory.New().Tickets("dev"),
		Dial: kitex.DialClaims(kitex.ClientOptions{Self: "dev", Logger: s.logger}),
	})
	if err != nil {
		return err
	}
	s.service.Start(s.route)
	return nil
}

// openGate starts serving clients.
func (s *Server) openGate() error {
	key, err := s.key()
	if err != nil {
		return err
	}
	tickets, err := s.keys.TicketKeys()
	if err != nil {
		return s.folder.wrap(err)
	}
	s.gate, err = gate.New(gate.Options{
		ID: gateID, Route: s.route, Key: key, TicketKeys: tickets, PublicPresence: true, Suites: s.opts.suites(), Codecs: s.opts.Codecs,
		Logger: s.logger, Now: s.opts.Now, Limits: s.opts.GateLimits, Times: s.opts.GateTimes, MinApps: s.opts.MinApps,
	})
	if err != nil {
		return err
	}
	s.route.AttachGate(s.gate.ID(), s.gate.Epoch(), s.gate)
	s.inUse.Store(key)
	s.loop("renewal", s.renew)
	s.serveClients()
	return nil
}

// metrics are where the metrics come from.
func (s *Server) metrics() []ops.Source {
	all := append(s.sources, ops.GateMetrics(s.gate), ops.RouteMetrics(s.route), ops.ServiceMetrics(s.service),
		ops.PushMetrics(s.push.server), ops.CertificateMetrics(s.inUse.Load, s.opts.Now))
	if s.media != nil {
		all = append(all, s.media.Metrics())
	}
	return append(all, s.opts.Metrics...)
}

func (s *Server) openAdmin() error {
	if s.http == nil {
		return nil
	}
	s.admin = ops.NewAdmin(ops.AdminOptions{
		Logger:  s.logger,
		Metrics: ops.NewMetrics(s.metrics()...),
		Parts: []ops.Part{
			{Name: "server", Ready: s.whole},
			{Name: "store", Ready: s.service.Health},
			{Name: "nsqd", Ready: s.push.queue.Health},
		},
	})
	s.loop("admin", func() error { return s.admin.Serve(s.http) })
	return nil
}

// loop runs what lasts as long as the server; ending before Close is a failure
// of the server.
func (s *Server) loop(name string, run func() error) {
	s.loops.Go(func() {
		err := run()
		select {
		case <-s.quit:
		default:
			s.fail(fmt.Errorf("%s ended: %w", name, err))
		}
	})
}

func (s *Server) fail(err error) {
	s.failing.Do(func() {
		s.announce(err.Error())
		s.err = err
		close(s.failed)
	})
}

// announce says what is missing as a whole.
func (s *Server) announce(state string) { s.state.Store(&state) }

// whole returns what announce said.
func (s *Server) whole() error {
	if state := s.state.Load(); state != nil {
		return errors.New(*state)
	}
	return nil
}

// Failed is closed when a part has ended by itself; Err says why. The server
// is then to be closed.
func (s *Server) Failed() <-chan struct{} { return s.failed }

// Err returns why the server failed, after Failed is closed.
func (s *Server) Err() error { return s.err }

// Addr returns the address that clients dial, over TCP and QUIC.
func (s *Server) Addr() string { return s.listener.Addr() }

// HTTPAddr returns the address for operators, "" when there is none.
func (s *Server) HTTPAddr() string { return addr(s.http) }

// RPCAddr returns the address for business services, "" when there is none.
func (s *Server) RPCAddr() string { return addr(s.rpc) }

func addr(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// RootsFile returns the path of the file that clients pin the server with.
func (s *Server) RootsFile() string { return keys.Folder{Dir: s.opts.Data}.RootsFile() }

// Stats returns the counters of the parts.
func (s *Server) Stats() (gate.Stats, route.Stats, imservice.Stats) {
	return s.gate.Stats(), s.route.Stats(), s.service.Stats()
}
