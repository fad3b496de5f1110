package push

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/msgdef"
)

var (
	errClosing = errors.New("push: shutting down")
	errAnswer  = errors.New("push: the outbox answered about other rows than it was asked for")
	errRunning = errors.New("push: run before")
)

// Server is a push service. All methods may be called from any goroutine.
type Server struct {
	options Options
	counts  counts
	board   *board
	lanes   map[msgdef.PushProvider]*lane

	troubles   troubles
	complained struct {
		mu     sync.Mutex
		at     time.Time
		silent int
	}

	started atomic.Bool
	closing chan struct{} // closed by Close
	once    sync.Once
	done    chan struct{} // closed when Run has ended

	life  context.Context // of calls of providers and confirmations
	kill  context.CancelFunc
	calls sync.WaitGroup // of providers
}

// New returns a Server that does nothing before Run. The error says which
// option is wrong.
func New(options Options) (*Server, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		options: options, board: newBoard(options.Rows),
		lanes:   make(map[msgdef.PushProvider]*lane, len(options.Providers)),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	s.troubles.open(options.Logger, options.Now)
	s.life, s.kill = context.WithCancel(context.Background())
	for id, p := range options.Providers {
		l := &lane{
			id: id, provider: p, free: options.Calls, limit: max(1, options.Rows/2),
			trouble: trouble{what: "push provider " + id.String(), log: options.Logger},
		}
		l.timer = time.AfterFunc(time.Hour, func() { s.unpark(l, options.Calls) })
		l.timer.Stop()
		s.lanes[id] = l
	}
	return s, nil
}

// Run works until Close, or until ctx ends, which gives up calls that are under
// way. It is called once, and returns nil when nothing is running any more.
func (s *Server) Run(ctx context.Context) error {
	if !s.started.CompareAndSwap(false, true) {
		return errRunning
	}
	defer close(s.done)
	defer s.kill()
	defer context.AfterFunc(ctx, s.kill)()
	taking, stop := context.WithCancel(s.life)
	defer stop()
	go func() {
		select {
		case <-s.closing:
		case <-taking.Done():
		}
		stop()
	}()

	finish := make(chan struct{})
	var confirmer, takers sync.WaitGroup
	confirmer.Go(func() { s.confirm(s.life, finish) })
	takers.Go(func() { s.publish(taking) })
	takers.Go(func() { s.consume(taking) })
	takers.Go(func() { s.resolve(taking) })

	takers.Wait()  // nothing new is taken, resolved or called
	s.handBack()   // what waits goes to other servers
	s.calls.Wait() // what is at providers is answered, or given up by Close
	s.handBack()   // rows that were parked by the last calls
	close(finish)
	confirmer.Wait() // what was decided is confirmed
	return nil
}

// consume takes references. A queue is consumed until ctx ends, and one that
// fails is consumed again.
func (s *Server) consume(ctx context.Context) {
	for wait := firstRetry; ctx.Err() == nil; wait = sleep(ctx, wait) {
		s.troubles.consume.note(ctx, s.options.Queue.Consume(ctx, s.take))
	}
}

// handBack lets rows go that nobody works on, and tells other servers.
func (s *Server) handBack() {
	rows := s.board.end()
	for _, l := range s.lanes {
		rows = append(rows, l.empty()...)
	}
	s.letGo(ShutDown, rows...)
	for len(rows) > 0 {
		n := min(len(rows), maxBatch)
		bodies := make([][]byte, n)
		for i, r := range rows[:n] {
			bodies[i] = appendReference(nil, &r.PushRow, r.published)
		}
		if s.offer(s.life, bodies) != nil {
			return // the hold brings them back
		}
		rows = rows[n:]
	}
}

// Close stops in order: no more rows are taken, those that wait are handed
// back, what is at providers is waited for, what was decided is confirmed. When
// ctx ends before that, the rest is given up and its error returned; rows that
// are not confirmed come again. Closing twice, or what was not run, is harmless.
func (s *Server) Close(ctx context.Context) error {
	s.once.Do(func() { close(s.closing) })
	if s.started.CompareAndSwap(false, true) {
		s.kill()
		close(s.done)
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.kill()
		<-s.done
		return ctx.Err()
	}
}

// Health returns nil, or which of the queue and the outbox does not work. A
// provider that fails is in the log and the statistics, not here: without it
// the server has still to serve the others.
func (s *Server) Health() error {
	return errors.Join(s.options.Queue.Health(), s.troubles.health())
}
