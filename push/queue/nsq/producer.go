package nsq

import (
	"context"
	"errors"

	"github.com/nsqio/go-nsq"
)

// producer publishes over one connection, one command at a time, and makes a
// new connection when there is none. A batch is one command, so there is no
// gain in more of them under way.
type producer struct {
	addr string
	log  chatter

	turn chan struct{} // held by who uses link
	link *link         // nil: none yet
}

// link is a producer's connection.
type link struct {
	delegate
	conn    *nsq.Conn
	answers chan error // to the one command under way
}

// OnResponse takes nsqd's consent.
func (l *link) OnResponse(*nsq.Conn, []byte) { l.answer(nil) }

// OnError takes nsqd's refusal.
func (l *link) OnError(_ *nsq.Conn, data []byte) { l.answer(errors.New(string(data))) }

func (l *link) answer(err error) {
	select {
	case l.answers <- err:
	default: // there is one that nobody wants
	}
}

func newProducer(addr string, log chatter) *producer {
	return &producer{addr: addr, log: log, turn: make(chan struct{}, 1)}
}

// send gives nsqd a command and waits for its answer. When ctx ends before
// that, the connection is given up, because answers have no names.
func (p *producer) send(ctx context.Context, cmd *nsq.Command) error {
	if err := p.take(ctx); err != nil {
		return err
	}
	defer p.release()
	l, err := p.connected()
	if err != nil {
		return err
	}
	select {
	case <-l.answers: //nolint:errcheck // to nothing that was asked
	default:
	}
	if err := l.conn.WriteCommand(cmd); err != nil {
		p.drop()
		return err
	}
	select {
	case err := <-l.answers:
		return err
	case <-l.closed:
		p.drop()
		return l.why()
	case <-ctx.Done():
		p.drop()
		return ctx.Err()
	}
}

// ping makes sure that there is a connection.
func (p *producer) ping(ctx context.Context) error {
	if err := p.take(ctx); err != nil {
		return err
	}
	defer p.release()
	_, err := p.connected()
	return err
}

// close ends the connection when nobody uses it any more, and keeps the turn: there
// is no other connection after it.
func (p *producer) close() {
	p.turn <- struct{}{}
	if p.link != nil {
		l := p.link
		p.drop()
		<-l.closed
	}
}

func (p *producer) take(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *producer) release() { <-p.turn }

// connected returns the connection, a new one if need be. The turn is held.
func (p *producer) connected() (*link, error) {
	if p.link != nil {
		select {
		case <-p.link.closed:
			p.link = nil
		default:
			return p.link, nil
		}
	}
	l := &link{delegate: delegate{closed: make(chan struct{})}, answers: make(chan error, 1)}
	l.conn = nsq.NewConn(p.addr, config(), l)
	l.conn.SetLogger(p.log, nsq.LogLevelInfo, "")
	if _, err := l.conn.Connect(); err != nil {
		l.conn.Close()
		return nil, err
	}
	p.link = l
	return l, nil
}

// drop ends the connection and forgets it. The turn is held.
func (p *producer) drop() {
	p.link.conn.Close()
	p.link = nil
}
