package quic

import (
	"context"
	"errors"
	"io"
	"time"

	quicgo "github.com/quic-go/quic-go"
)

// errBadStream is a main stream that does not begin with StreamMain.
var errBadStream = errors.New("quic: not a main stream")

// serve greets connections whose handshake is complete, each on its own, so that
// none waits for another. Every attempt brings a serve that ends with it: quic-go
// queues 32 such connections and refuses more, which their clients take for
// accepted by then, and a single serve falls behind when many come at once.
func (l *Listener) serve(waiting context.Context) {
	for {
		c, err := l.quic.Accept(waiting)
		if err != nil {
			return
		}
		if a, ok := c.Context().Value(attemptKey{}).(*attempt); ok {
			go l.greet(c, a)
		}
	}
}

// greet waits for the main stream, and then for Accept, both together up to
// Options.Greeting.
func (l *Listener) greet(c *quicgo.Conn, a *attempt) {
	ctx, cancel := context.WithTimeout(c.Context(), l.options.Greeting)
	defer cancel()
	main, err := acceptMain(ctx, c)
	switch {
	case errors.Is(err, errBadStream):
		refuse(c, a, ReasonBadStream, codeBadStream)
		return
	case err != nil:
		refuse(c, a, ReasonNoStream, codeNoStream)
		return
	}
	conn := newConn(c, main, &l.buffers, l.options.Linger)
	conn.watch()
	l.offer(ctx, conn, a)
}

// offer hands a connection to Accept.
func (l *Listener) offer(ctx context.Context, conn *Conn, a *attempt) {
	if l.enter() {
		select {
		case l.queue <- conn:
			a.accepted()
			context.AfterFunc(conn.quic.Context(), l.leave)
			return
		case <-l.closed:
		case <-ctx.Done():
		}
		defer l.leave()
	}
	refuse(conn.quic, a, ReasonUnaccepted, codeBusy)
}

// refuse closes a connection that is not going to be accepted.
func refuse(c *quicgo.Conn, a *attempt, reason Reason, code quicgo.ApplicationErrorCode) {
	a.doom(reason)
	_ = c.CloseWithError(code, "") // always nil
}

// acceptMain waits for the main stream and takes its first byte.
func acceptMain(ctx context.Context, c *quicgo.Conn) (*quicgo.Stream, error) {
	s, err := c.AcceptStream(ctx)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline() // later bytes may come before the first
	s.SetReadDeadline(deadline)   // never fails
	var first [1]byte
	if _, err := io.ReadFull(s, first[:]); err != nil {
		return nil, err
	}
	s.SetReadDeadline(time.Time{}) // never fails
	if first[0] != StreamMain {
		return nil, errBadStream
	}
	return s, nil
}
