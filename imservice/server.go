package imservice

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/sim-im/sim/imservice/media"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Server is the message service. It implements rpc.Service, rpc.Leases,
// rpc.Outbox and rpc.Moderation.
type Server struct {
	options   Options
	counters  counters
	condition condition
	heads     *heads
	intake    *intake
	groups    *groups
	carrying  carrying

	logins    *logins
	lookahead *lookahead
	devices   devices
	people    *people
	finds     *throttle // searches by user
	exports   *exports
	leases    *leases
	outbox    *outbox

	evictions *evictions
	deletions *deletions
	sweeper   *sweeper
	laters    *dispatcher
	retention *retention

	life struct {
		mu      sync.RWMutex
		started bool
		closed  bool
		calls   sync.WaitGroup // calls that use the store
	}
	cancel  context.CancelFunc // of the notifier's calls
	drained chan struct{}      // closed when the syncer has ended
}

var (
	_ rpc.Service    = (*Server)(nil)
	_ rpc.Leases     = (*Server)(nil)
	_ rpc.Outbox     = (*Server)(nil)
	_ rpc.Moderation = (*Server)(nil)
	_ media.Book     = (*Server)(nil)
)

var (
	errDeadline   = &rpc.Error{Code: msgdef.CodeTimeout, Detail: "the call was given up"}
	errNotStarted = &rpc.Error{Code: msgdef.CodeUnavailable, Detail: "the message service is starting"}
	errTooMany    = &rpc.Error{Code: msgdef.CodeBadArgument, Detail: "too many items in one call"}
)

// New returns a Server on an open store. It answers reads at once, and takes
// messages from Start on.
func New(options Options) (*Server, error) {
	if err := options.validate(); err != nil {
		return nil, err
	}
	o := options.withDefaults()
	s := &Server{options: o, drained: make(chan struct{})}
	s.condition.store = o.Store
	s.heads = newHeads(o.Store, o.Limits)
	s.groups = newGroups(o.Store, o.Limits.CachedGroups)
	s.intake = newIntake(o.Limits, s.heads.shared != nil, s.groups.weight)
	s.sweeper = newSweeper(o, s.intake)
	s.laters = newDispatcher(o, s.intake)
	s.devices = devices{store: o.Store, limit: o.Limits.DevicesPerUser}
	s.lookahead = newLookahead(o.Store)
	s.retention = newRetention(s)
	s.people = newPeople(o.Store, o.Limits.CachedAccounts)
	s.finds = newThrottle(findsMinute)
	s.exports = newExports(o.Limits)
	s.leases = newLeases(o)
	var err error
	if s.outbox, err = newOutbox(o); err != nil {
		return nil, fmt.Errorf("imservice: read the outbox: %w", err)
	}
	if s.evictions, err = newEvictions(o); err != nil {
		return nil, fmt.Errorf("imservice: read the evictions: %w", err)
	}
	for _, p := range s.evictions.pending { // a power cut may have come between
		if err := s.outbox.devices.dropOlder(p.Eviction); err != nil {
			return nil, fmt.Errorf("imservice: drop push tokens: %w", err)
		}
	}
	s.deletions = newDeletions(s)
	s.logins, err = newLogins(o, s.people, &s.counters, s.reused)
	return s, err
}

// Start starts the pipeline. notifier hears of every committed message; nil
// tells nobody. Start is called once.
func (s *Server) Start(notifier rpc.Notifier) {
	s.life.mu.Lock()
	defer s.life.mu.Unlock()
	if s.life.started || s.life.closed {
		return
	}
	s.life.started = true
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	slots, work := make(chan struct{}, outstanding), make(chan *batch, outstanding)
	q := &sequencer{
		store: s.options.Store, log: s.options.Logger, now: s.options.Now, limits: s.options.Limits,
		condition: &s.condition, heads: s.heads,
		dedupe: newDedupe(s.options.Store, s.options.Limits.CachedDevices),
		groups: s.groups, outbox: s.outbox, carrying: &s.carrying,
		friendsOnly: s.options.FriendsOnly,
		in:          s.intake, slots: slots, out: work,
	}
	if shared := s.heads.shared; shared != nil {
		q.ground = &ground{store: shared, used: newUsedNames(s.options.Limits)}
	}
	y := &syncer{
		log: s.options.Logger, condition: &s.condition, counters: &s.counters,
		outbox:   s.outbox,
		notifier: notifier, patience: patience{timeout: s.options.Limits.NotifyTimeout},
		in: s.intake, slots: slots, work: work,
	}
	go s.outbox.run()
	s.sweeper.loop.start(s.sweeper.run)
	s.laters.loop.start(s.laters.run)
	s.evictions.loop.start(s.evictions.run)
	s.retention.loop.start(s.retention.run)
	s.deletions.loop.start(s.deletions.run)
	go q.run()
	go func() {
		defer close(s.drained)
		y.run(ctx)
	}()
}

// Close stops in order: no more messages are taken, those taken are committed
// and answered, calls under way end. When ctx ends before that, Close returns
// its error, notices are cut short and the rest goes on in the background until
// the store is closed. The store is left open.
func (s *Server) Close(ctx context.Context) error {
	s.life.mu.Lock()
	s.life.closed = true
	started := s.life.started
	s.life.mu.Unlock()
	s.intake.close()
	s.outbox.close()

	quiet := make(chan struct{})
	go func() {
		if started {
			s.retention.loop.stop()
			s.deletions.loop.stop()
			<-s.drained
			<-s.outbox.done
			s.evictions.loop.stop()
			s.sweeper.loop.stop()
			s.laters.loop.stop()
		}
		s.life.calls.Wait()
		close(quiet)
	}()
	if started {
		defer s.cancel()
	}
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Health returns nil when messages are taken, or why not.
func (s *Server) Health() error { return s.condition.health() }

// Send implements rpc.Messages.
func (s *Server) Send(ctx context.Context, batch *rpc.Sends, sink rpc.SendSink) error {
	switch {
	case len(batch.Items) == 0:
		return nil
	case len(batch.Items) > maxCommit:
		return errTooMany
	case ctx.Err() != nil:
		return errDeadline
	}
	if err := s.writable(); err != nil {
		return err
	}
	if err := s.intake.offerSends(batch.Items, sink); err != nil {
		return err
	}
	return nil
}

// writable returns why nothing can be written now, or nil.
func (s *Server) writable() error {
	s.life.mu.RLock()
	started, closed := s.life.started, s.life.closed
	s.life.mu.RUnlock()
	switch {
	case closed:
		return errClosing
	case !started:
		return errNotStarted
	}
	if err := s.condition.check(); err != nil {
		return err
	}
	return nil
}

// enter begins a call that uses the store with n items of at most limit; leave
// ends it.
func (s *Server) enter(ctx context.Context, n, limit int) error {
	if n > limit {
		return errTooMany
	}
	if ctx.Err() != nil {
		return errDeadline
	}
	s.life.mu.RLock()
	defer s.life.mu.RUnlock()
	if s.life.closed {
		return errClosing
	}
	s.life.calls.Add(1)
	return nil
}

func (s *Server) leave() { s.life.calls.Done() }

// failure makes an error of a contract of any error, and logs those of the
// store.
func (s *Server) failure(err error) error {
	var e *rpc.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errDeadline
	}
	s.options.Logger.Error("the store failed a call", "error", err)
	return storeError(err)
}
