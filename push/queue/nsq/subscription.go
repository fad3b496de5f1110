package nsq

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nsqio/go-nsq"

	"github.com/sim-im/sim/push/queue"
)

// subscription is one connection to nsqd that takes messages:
//
//	connect ──▶ serving ──ctx ended──▶ CLS ──CLOSE_WAIT──▶ closed
//	               └──────────connection lost─────────────────┘
type subscription struct {
	delegate
	queue   *Queue
	handler queue.Handler
	conn    *nsq.Conn

	ctx    context.Context // of handlers
	cancel context.CancelFunc
	calls  sync.WaitGroup // handlers
}

func newSubscription(q *Queue, handler queue.Handler) *subscription {
	s := &subscription{queue: q, handler: handler, delegate: delegate{closed: make(chan struct{})}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.conn = nsq.NewConn(q.addr, config(), s)
	s.conn.SetLogger(chatter{q.options.Logger}, nsq.LogLevelInfo, "")
	return s
}

// connect subscribes, or returns why it cannot.
func (s *subscription) connect() error {
	if _, err := s.conn.Connect(); err != nil {
		s.cancel()
		s.conn.Close()
		return err
	}
	o := s.queue.options
	for _, cmd := range []*nsq.Command{nsq.Subscribe(o.Topic, o.Channel), nsq.Ready(o.InFlight)} {
		if err := s.conn.WriteCommand(cmd); err != nil {
			s.cancel()
			<-s.closed
			return err
		}
	}
	return nil
}

// serve waits for the end of ctx or of the connection, and then for handlers.
// It returns why the connection ended.
func (s *subscription) serve(ctx context.Context) error {
	select {
	case <-s.closed:
	case <-ctx.Done():
		s.leave()
	}
	s.cancel()
	s.calls.Wait()
	return s.why()
}

// leave asks for no more messages and waits a while for nsqd to agree. The
// handlers under way are told to end, so that their messages go back.
func (s *subscription) leave() {
	_ = s.conn.WriteCommand(nsq.StartClose()) // a failure ends the connection as well
	s.cancel()
	t := time.NewTimer(farewell)
	defer t.Stop()
	select {
	case <-s.closed:
	case <-t.C:
		s.conn.Close()
	}
}

// OnMessage runs the handler. nsqd sends no more at once than it was asked for.
func (s *subscription) OnMessage(_ *nsq.Conn, m *nsq.Message) {
	if s.ctx.Err() != nil { // came while nsqd was told to send no more
		m.RequeueWithoutBackoff(0)
		return
	}
	s.calls.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, queue.HandlerTime)
		defer cancel()
		err := s.handler(ctx, m.Body)
		switch {
		case err == nil:
			m.Finish()
		case s.ctx.Err() != nil:
			m.RequeueWithoutBackoff(0) // another consumer need not wait
		default:
			m.RequeueWithoutBackoff(requeue)
		}
	})
}

// OnResponse sees nsqd agree to the end of the subscription.
func (s *subscription) OnResponse(c *nsq.Conn, data []byte) {
	if string(data) == "CLOSE_WAIT" {
		c.Close()
	}
}

// OnError hears what nsqd refuses. A message that came too late for its answer
// is no reason to end.
func (s *subscription) OnError(c *nsq.Conn, data []byte) {
	s.fail(errors.New(string(data)))
}
