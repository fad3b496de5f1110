package client

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// session reads one connection from login to end. Its methods that are named
// Handle… are in the files of their topics.
//
//	wait for bytes ─▶ cork ─▶ records ─▶ frames ─▶ handlers, callbacks ─▶ settle: uncork, flush
//	      ▲                                                                  │
//	      └──────────────────────────────────────────────────────────────────┘
//
// Inside TLS there are two that read, see bulk.go; the fields below handling,
// and the inbox, belong to who holds it.
type session struct {
	c    *Client
	link *link
	rest []byte // read with the login and not yet used

	// Of a resumed session.
	early []frame.Frame // opened before serve
	asked int           // tickets that are still to come
	full  time.Time     // of the login with a proof that the session goes back to

	handling chan struct{} // has room for one, who holds it: a callback may take long, and waiting at a channel stops no test's clock
	decoder  msgdef.DownDecoder
	inside   []byte  // a body that came in another codec
	message  Message // lent to OnMessage
	urgent   bool    // this read showed that a pull should not wait
	calm     bool    // this read was an answer to a ping: there may be no other for long
	own      own
}

// own tells the messages that this client has sent itself.
type own struct {
	uid, device uint64
	first       uint64   // counter of this client's first message
	earlier     []uint64 // counters of messages that it took over, ascending
}

func (o own) sent(m *msgdef.Message) bool {
	if m.From != o.uid || m.Device != o.device {
		return false
	}
	if m.Counter >= o.first {
		return true
	}
	_, over := slices.BinarySearch(o.earlier, m.Counter)
	return over
}

// serve reads until the connection ends, and returns why. It never returns nil.
func (s *session) serve() error {
	var beside sync.WaitGroup
	if conn, ok := s.link.conn.(transport.Secured); ok {
		beside.Go(func() { s.serveBulk(conn) })
	}
	err := s.first()
	for err == nil {
		err = s.readOnce()
	}
	s.c.mu.Lock()
	s.link.fail(err)
	err = s.link.err
	s.c.mu.Unlock()
	beside.Wait()
	return err
}

// first handles what came behind the login.
func (s *session) first() error {
	if err := s.handleEarly(); err != nil {
		return err
	}
	rest := s.rest
	s.rest = nil
	if len(rest) == 0 {
		return nil
	}
	buf := s.c.opts.Buffers.Get()
	n := copy(buf, rest) // at most lineStep more than a record
	return s.handle(buf, n)
}

// readOnce waits without memory, then reads and handles what is there.
func (s *session) readOnce() error {
	buf, n, err := s.link.conn.ReadPooled(s.c.opts.Buffers)
	if err != nil {
		return lost(err)
	}
	return s.handle(buf, n)
}

// handle takes n bytes of buf and gives buf back. A record that is cut short
// is read on into the same buffer.
func (s *session) handle(buf []byte, n int) error {
	defer s.c.opts.Buffers.Put(buf)
	for {
		used, err := s.batch(&s.link.keys.In, buf[:n])
		if err != nil {
			return err
		}
		n = copy(buf, buf[used:n])
		if n == 0 {
			return nil
		}
		more, err := s.link.conn.Read(buf[n:])
		if err != nil {
			return lost(err)
		}
		n += more
	}
}

// handleEarly handles the frames that showed a resumed session to be in force.
func (s *session) handleEarly() (err error) {
	if len(s.early) == 0 {
		return nil
	}
	s.handling <- struct{}{}
	defer func() { <-s.handling }()
	s.c.cork(s.link)
	for _, f := range s.early {
		if err = s.frame(f); err != nil {
			break
		}
	}
	s.early = nil
	return s.settle(err)
}

// batch handles the whole records in b, and then lets out what callbacks sent.
func (s *session) batch(in *secure.Opener, b []byte) (used int, err error) {
	s.handling <- struct{}{}
	defer func() { <-s.handling }()
	s.c.cork(s.link)
	for err == nil {
		var n int
		if n, err = in.Open(b[used:]); err != nil {
			err = broken(err)
		}
		if n == 0 {
			break
		}
		used += n
		err = s.record(in)
	}
	return used, s.settle(err)
}

// record handles the frames of an opened record.
func (s *session) record(in *secure.Opener) error {
	for {
		f, ok, err := in.Next()
		if err != nil {
			return broken(err)
		}
		if !ok {
			return nil
		}
		if err := s.frame(f); err != nil {
			return err
		}
	}
}

// frame handles one frame.
func (s *session) frame(f frame.Frame) error {
	f, err := s.c.edge.inward(&s.inside, f)
	if err != nil {
		return err
	}
	err = s.decoder.Dispatch(f.Type, f.Body, s)
	if err == nil {
		return nil
	}
	if errors.Is(err, msgdef.ErrUnknownType) {
		s.frameArrived(f)
		return nil
	}
	var refused *Error
	if errors.Is(err, ErrProtocol) || errors.As(err, &refused) {
		return err
	}
	return protocolError("%v: %w", f.Type, err)
}

// broken gives an error of records its place among ours.
func broken(err error) error {
	if errors.Is(err, secure.ErrKeyLimit) || errors.Is(err, secure.ErrAuth) || errors.Is(err, secure.ErrMalformed) {
		return protocolError("%s: %w", secure.Reason(err), err)
	}
	return fmt.Errorf("%w: %w", ErrProtocol, err)
}

// lost gives an error of a read its place among ours.
func lost(err error) error {
	if errors.Is(err, transport.ErrClosed) {
		return err
	}
	return fmt.Errorf("%w: connection lost: %w", ErrUnreachable, err)
}

// cork holds frames back until settle, and has tick keep the clock should that
// take long.
func (c *Client) cork(l *link) {
	now := c.opts.Now()
	c.mu.Lock()
	c.clock = now
	l.corked = true
	c.wakeAt(now.Add(slowRead))
	c.mu.Unlock()
}

// settle ends the handling of a read: other goroutines see how far the inbox
// came, what follows from it is sent, and everything leaves in one write. With
// an error the link ends instead. It returns why the link ended, if it did.
//
// It does not ask for the time, which costs as much as a record: that of cork,
// or of a tick since, is at most slowRead old.
func (s *session) settle(err error) error {
	c, l := s.c, s.link
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock
	c.beat.heard = now
	c.place = placeOf(&c.inbox)
	if err != nil {
		l.fail(err)
	}
	c.ackLater(now)
	if c.saveAt.IsZero() {
		c.saveAt = c.saveDue()
	}
	c.pullLater(now, s.urgent)
	s.urgent = false
	next := c.nextDue()
	if reached(next, now) {
		c.due(l, now)
		next = c.nextDue()
	}
	l.corked = false
	c.wakeFlush()
	l.flush(&c.mu, now)
	if s.calm || c.background {
		c.rest(next)
	}
	s.calm = false
	c.wakeAt(next)
	return l.err
}

// begin makes a fresh login the client's session. The goroutine that runs the
// connection calls it.
func (c *Client) begin(w *welcome) *session {
	now := c.opts.Now()
	l := &link{conn: w.conn, keys: w.keys, since: now, now: c.opts.Now, write: c.opts.Timeouts.Write, edge: c.edge}
	verify := c.inbox.login(w.StoreEpoch, w.Head, w.Cursor)
	c.credentials.account = w.Account
	if len(w.Token) > 0 {
		c.credentials.granted(w.Token, expiry(w.TokenExpires))
	}
	c.mu.Lock()
	c.clock = now
	c.place = placeOf(&c.inbox)
	if w.asked > 0 && !w.resumed || w.UID != c.user.uid {
		c.wallet = nil
	}
	c.user.admitted(&w.LoginOK)
	c.topics.login(w.StoreEpoch, w.Head)
	if w.Time != 0 {
		c.expiring.skew = time.UnixMilli(w.Time).Sub(now)
	}
	c.mu.Unlock()
	c.save()
	if !w.resumed {
		c.enter(Status{Phase: Online})
	}
	c.start(l, w, now, verify)
	return &session{
		c: c, link: l, handling: make(chan struct{}, 1), rest: w.buf, asked: w.asked, full: w.full,
		own: own{w.UID, c.user.device, c.sends.first + c.sends.fresh, c.earlier},
	}
}

// admitted notes what a login says of the user.
func (u *user) admitted(ok *msgdef.LoginOK) {
	u.uid, u.account = ok.UID, ok.Account
	if len(ok.Token) > 0 {
		u.token, u.expires = ok.Token, expiry(ok.TokenExpires)
	}
	u.maxBody = msgdef.MaxBody
	if ok.MaxBody > 0 {
		u.maxBody = min(u.maxBody, int(ok.MaxBody))
	}
}

// start takes up on a new link what is under way.
func (c *Client) start(l *link, w *welcome, now time.Time, verify bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		l.fail(ErrClosed)
		return
	}
	c.link = l
	l.toldBefore = c.told
	c.beat = newBeat(&c.opts, c.rhythm(l.conn, now), w.told, w.Heartbeat, now)
	if c.background {
		c.beat.told = 0 // Login does not say so
	}
	c.announce(l, now)
	c.pull = pull{}
	c.pullLater(now, verify || c.place.behind)
	c.topics.relink(now)
	c.acks = acks{told: min(w.Cursor, c.place.cursor)}
	c.ackLater(now)
	c.moveAt = time.Time{}
	c.sends.requeueAll()
	c.repeats = 0
	c.pace = newPace(c.opts.Window)
	c.calls.resend(l)
	c.contacts.relink(c.edge.most(maxPresence), now)
	c.reads.resend(now)
	if w.resumed {
		c.beat.probe(l, now)
	}
	c.due(l, now)
	l.flush(&c.mu, now)
	c.wakeAt(c.nextDue())
}
