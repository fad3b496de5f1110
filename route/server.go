package route

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Server is a route. It implements rpc.Route and rpc.Roster for gates,
// rpc.Notifier and rpc.Evictor for the message service, and rpc.Applications for
// business services. All methods may be called from any
// goroutine. With Options.Leases it has goroutines, which Close ends.
type Server struct {
	rpc.Service // what is not overridden goes straight through

	options Options
	rules   rules
	started time.Time
	gates   gates
	lives   lives
	table   table
	topics  topics
	changes changes
	moves   moves
	census  census
	recent  recent
	counts  counts
	losses  losses

	// What a master does, and whether this route is one.
	lease   lease
	crowd   crowd
	ending  context.Context // ends with Close
	closing context.CancelFunc
	work    sync.WaitGroup

	// notify keeps batches in the order they came in, all the way to the gates.
	notify struct {
		mu    sync.Mutex
		out   fanout[rpc.Deliveries]
		found []session // scratch

		watching []*gate // scratch
	}
	receipts sync.Pool // of *receipts

	claims   claims
	refusals [appReasons]atomic.Uint64
}

var (
	_ rpc.Route        = (*Server)(nil)
	_ rpc.Roster       = (*Server)(nil)
	_ rpc.Notifier     = (*Server)(nil)
	_ rpc.Evictor      = (*Server)(nil)
	_ rpc.Applications = (*Server)(nil)
)

// New returns a route with no gates attached. The error says which option is
// wrong.
func New(options Options) (*Server, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		Service: options.Service, options: options, started: options.Now(),
		rules: rules{policy: options.Policy, devices: options.Devices},
	}
	s.table.open()
	s.losses.open(options.Logger, options.Now)
	s.changes.open(&s.options)
	s.lease.won = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	s.ending, s.closing = ctx, cancel
	s.census.open()
	if options.Leases != nil {
		s.work.Go(func() { s.renew(ctx) })
		s.work.Go(func() { s.rounds(ctx) })
		s.work.Go(func() { s.sweeps(ctx) })
	}
	return s, nil
}

// Close ends being a master, and returns when nothing is under way for it. The
// lease ends by itself. Business services are not called any more.
func (s *Server) Close() {
	s.closing()
	s.moves.close()
	s.census.close()
	s.work.Wait()
	s.lease.lose()
	s.claims.close()
}

// clock returns the time since the start, which no setting of clocks changes.
func (s *Server) clock() time.Duration { return s.options.Now().Sub(s.started) }
