package gate

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
)

// ErrShutdown is what Serve returns when the gate was shut down before.
var ErrShutdown = errors.New("gate: shut down")

// Server is a gate. It implements rpc.Gate and rpc.SendSink. All methods may
// be called from any goroutine.
type Server struct {
	options Options
	times   Times // of options
	logger  *slog.Logger
	start   time.Time // where clock begins

	handshakes atomic.Pointer[secure.ServerHandshake] // see SetKey
	limits     atomic.Pointer[Limits]                 // see SetLimits
	ticketKeys atomic.Pointer[secure.TicketKeys]      // see SetTicketKeys
	minApps    atomic.Pointer[[]MinApp]               // see SetMinApps
	admission  *admission
	pressure   pressure
	senders    senders
	conns      conns
	audiences  audiences
	terms      terms
	counts     counts

	flushers []*flusher
	pulse    pulse
	signIns  signIns

	presences presences
	countings countings

	tickets *batcher[offer]

	allowance allowance

	lanes   lanes
	doubt   chan struct{}  // holds a token when a recheck is wanted
	reads   transport.Pool // of read buffers
	buffers buffers        // of frames that wait
	turns   sync.Pool      // of *turn
	spreads sync.Pool      // of *spread

	calls  context.Context // of calls to the route; ends when Shutdown has no patience left
	cancel context.CancelFunc

	lifecycle
}

// lifecycle is what Shutdown ends, in its order.
type lifecycle struct {
	stopping atomic.Bool    // from the beginning of Shutdown's last phase
	quit     chan struct{}  // closed when Shutdown begins
	loops    sync.WaitGroup // calls of Serve
	readers  sync.WaitGroup // connections
	upkeep   sync.WaitGroup // flushers, pulse, sweep
	over     chan struct{}  // closed for the sweep to end

	mu        sync.Mutex // orders what begins with quit
	listeners map[transport.Listener]struct{}
	closed    bool

	once sync.Once
	err  error         // of Shutdown
	done chan struct{} // closed when Shutdown is through
}

// New returns a gate that serves nothing yet, and starts its flushers and
// batchers: Shutdown ends them. The error lists everything wrong with options.
func New(options Options) (*Server, error) {
	options = options.withDefaults()
	err := options.validate()
	handshakes, keyErr := newHandshakes(&options, options.Key)
	ticketKeys, ticketErr := ticketKeys(&options)
	if err = errors.Join(err, keyErr, ticketErr); err != nil {
		return nil, err
	}
	s := newServer(options)
	s.handshakes.Store(handshakes)
	s.ticketKeys.Store(ticketKeys)
	s.begin()
	return s, nil
}

func newServer(o Options) *Server {
	s := &Server{
		options:   o,
		times:     o.Times,
		logger:    o.Logger.With("gate", o.ID),
		start:     o.Now(),
		admission: newAdmission(&o.Limits),
		senders:   senders{users: make(map[uint64]*sender)},
	}
	s.limits.Store(&s.options.Limits)
	s.SetMinApps(o.MinApps)
	s.pressure.most.Store(int64(o.Limits.StuckBytes))
	s.conns.open()
	s.audiences.open(s)
	s.calls, s.cancel = context.WithCancel(context.Background())
	s.quit, s.over, s.done = make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.listeners = make(map[transport.Listener]struct{})
	for range o.Limits.Flushers {
		s.flushers = append(s.flushers, newFlusher(s))
	}
	s.pulse.open(s)
	s.signIns.open(s)
	s.presences.open(s)
	s.countings.open(s)
	s.tickets = newBatcher(waitingOffers, s.keepOffers)
	s.lanes.gate = s
	s.doubt = make(chan struct{}, 1)
	return s
}

// begin starts what runs as long as the gate does.
func (s *Server) begin() {
	for _, f := range s.flushers {
		s.upkeep.Go(f.run)
	}
	s.pulse.run(&s.upkeep)
	s.audiences.run(&s.upkeep)
	s.upkeep.Go(s.tickets.run)
	s.upkeep.Go(s.signIns.queue.run)
	s.upkeep.Go(s.presences.asking.run)
	s.upkeep.Go(s.sweepLoop)
	s.upkeep.Go(s.recheckLoop)
}

// ID returns the gate's name in its cluster.
func (s *Server) ID() string { return s.options.ID }

// Epoch returns the number of this process of the gate. Batches for another
// one are dropped.
func (s *Server) Epoch() uint64 { return s.options.Epoch }

// clock returns the time since New, which is never 0, for that means never. It
// does not jump with the wall clock.
func (s *Server) clock() time.Duration { return s.options.Now().Sub(s.start) + 1 }
