package nsq

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/sim-im/sim/push/queue"
)

// state is whether nsqd answers, as the last call saw it. A change is logged
// once; what stays as it is, is not.
type state struct {
	addr string
	log  *slog.Logger

	mu        sync.Mutex
	consumers int
	live      int   // subscriptions that are connected
	trouble   error // nil: answers
}

func (s *state) open(addr string, log *slog.Logger) { s.addr, s.log = addr, log }

// consuming counts calls of Consume.
func (s *state) consuming(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consumers += n
	s.live = min(s.live, s.consumers)
}

func (s *state) connected() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live++
	s.settle(nil)
}

func (s *state) disconnected(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = max(0, s.live-1)
	s.settle(err)
}

// called notes how a call of the producer ended. While messages are consumed as
// well, only the subscription's connection says that nsqd is back. A caller who
// gave up, or the queue's own end, says nothing of nsqd.
func (s *state) called(err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, queue.ErrClosed) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.live == s.consumers {
		s.settle(err)
	}
}

// settle logs a change. The lock is held.
func (s *state) settle(err error) {
	switch {
	case err != nil && s.trouble == nil:
		s.log.Warn("nsqd cannot be reached; trying again", "nsqd", s.addr, "error", err)
	case err == nil && s.trouble != nil:
		s.log.Info("nsqd is reached again", "nsqd", s.addr)
	}
	s.trouble = err
}

// health returns why messages are not consumed, or nil.
func (s *state) health() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.consumers > 0 && s.live < s.consumers {
		if s.trouble == nil {
			return fmt.Errorf("nsqd at %s: not connected yet", s.addr)
		}
		return fmt.Errorf("nsqd at %s: %w", s.addr, s.trouble)
	}
	return nil
}
