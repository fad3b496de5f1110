package relay

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/secure"
)

// Server is a relay.
type Server struct {
	listener   transport.Listener
	logger     *slog.Logger
	handshakes *secure.ServerHandshake
	reads      transport.Pool
	users      directory
	stage      stage
	flushers   []*flusher
	counts     counts

	readers sync.WaitGroup
	mu      sync.Mutex
	closed  bool
	conns   map[*conn]struct{}
}

// stage gives sends their places, and has them acknowledged and delivered.
type stage interface {
	// take has the sends of one read, whose bodies it copies. It does not wait.
	take(sends []send) error
	// close returns when nothing taken is under way.
	close() error
}

// New returns a relay that does not serve yet.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	handshakes, err := secure.NewServerHandshake(secure.ServerConfig{Key: o.Key})
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	s := &Server{listener: o.Listener, logger: o.Logger, handshakes: handshakes, conns: make(map[*conn]struct{})}
	s.users.open()
	for range o.Flushers {
		s.flushers = append(s.flushers, newFlusher(s))
	}
	if o.Dir == "" {
		s.stage, s.users.groups = &bare{server: s}, make(map[msgdef.Conversation]*group)
	} else if s.stage, err = openCommitting(s, o.Dir); err != nil {
		return nil, err
	}
	for _, f := range s.flushers {
		go f.run()
	}
	return s, nil
}

// Serve accepts connections until Close, which makes it return nil.
func (s *Server) Serve() error {
	for number := 0; ; number++ {
		raw, err := s.listener.Accept()
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.closed {
				return nil
			}
			return fmt.Errorf("relay: accept: %w", err)
		}
		s.start(&conn{server: s, raw: raw, flusher: s.flushers[number%len(s.flushers)]})
	}
}

// start serves a connection on a goroutine of its own.
func (s *Server) start(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.raw.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.readers.Go(func() {
		if err := c.serve(); err != nil {
			s.logger.Debug("connection closed", "err", err)
		}
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	})
}

// Close ends all connections, then what is behind them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		c.raw.Close()
	}
	s.mu.Unlock()
	err := s.listener.Close()
	s.readers.Wait()
	err = errors.Join(err, s.stage.close())
	for _, f := range s.flushers {
		close(f.stop)
	}
	return err
}
