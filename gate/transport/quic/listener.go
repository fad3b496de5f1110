package quic

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport"
)

// errClosing refuses connections to a listener that closed.
var errClosing = errors.New("quic: listener is closing")

// Listener accepts connections at one UDP address. It implements
// transport.Listener.
type Listener struct {
	socket  *socket
	quic    *quicgo.Listener
	packets *quicgo.Transport
	options Options
	pending pending
	buffers transport.Pool // of all its connections

	queue  chan *Conn    // has no room: connections wait in their greeting
	closed chan struct{} // closed by Close

	mu      sync.Mutex
	closing bool
	live    int // connections that were offered to Accept, and use the socket
}

// Listen accepts QUIC connections at addr, which is host:port as net.Listen
// takes it; port 0 chooses a free one, see Addr. The certificate and the
// protocol names come with config, which is not changed; ErrNoALPN says that it
// names none.
func Listen(addr string, config *tls.Config, options Options) (*Listener, error) {
	if err := checkTLS(config); err != nil {
		return nil, err
	}
	udp, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("quic: listen: %w", err)
	}
	s, err := openSocket("udp", udp)
	if err != nil {
		return nil, fmt.Errorf("quic: listen: %w", err)
	}
	l := &Listener{
		socket: s, options: options.withDefaults(),
		queue: make(chan *Conn), closed: make(chan struct{}),
	}
	l.pending.open(l.options)
	s.sieve = newSieve(l.options.Rate)
	if err := l.open(config); err != nil {
		s.Close()
		return nil, fmt.Errorf("quic: listen: %w", err)
	}
	return l, nil
}

// open starts quic-go on the socket.
func (l *Listener) open(config *tls.Config) (err error) {
	var key quicgo.StatelessResetKey
	rand.Read(key[:]) // never fails
	l.packets = &quicgo.Transport{
		Conn:                l.socket,
		ConnectionIDLength:  connectionIDLength,
		StatelessResetKey:   &key,
		VerifySourceAddress: l.verify,
		ConnContext:         l.admit,
	}
	l.mu.Lock() // admit must not come before l.quic is there
	defer l.mu.Unlock()
	l.quic, err = l.packets.Listen(config, serverConfig())
	return err
}

// Accept returns the next connection whose main stream is open, and tells the
// client that it was accepted. Its only error is transport.ErrClosed, after
// Close.
func (l *Listener) Accept() (transport.Conn, error) {
	select {
	case <-l.closed:
		return nil, transport.ErrClosed
	default:
	}
	select {
	case c := <-l.queue:
		_, _ = c.out.TryWrite([]byte{StreamMain}) // whoever uses c will see
		return c, nil
	case <-l.closed:
		return nil, transport.ErrClosed
	}
}

// Addr is the address that clients dial, with the port that was chosen.
func (l *Listener) Addr() string {
	return l.socket.LocalAddr().String()
}

// Stats returns the counters so far.
func (l *Listener) Stats() Stats {
	stats := l.pending.snapshot()
	stats.Dropped = l.socket.sieve.snapshot()
	return stats
}

// Close makes Accept return transport.ErrClosed and refuses new connections.
// Those that were accepted live on, over the same socket: the address is free
// when the last of them is gone, and before Close returns where there are none.
// Nobody waits for those that were on their way. A second Close does nothing.
func (l *Listener) Close() error {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return nil
	}
	l.closing = true
	idle := l.live == 0
	close(l.closed)
	l.mu.Unlock()
	if idle {
		l.free()
	}
	return nil
}

// verify reports whether the sender of a first packet has to prove its address.
// It does when the packet is one of too many, but was lucky: what is sent with the
// proof passes the sieve, and a flood in the name of others goes no further.
func (l *Listener) verify(addr net.Addr) bool {
	return l.pending.verify(addr, l.socket.sieve.over(addr))
}

// admit decides about a connection at its first packet. The context that it
// returns ends with the connection.
func (l *Listener) admit(ctx context.Context, client *quicgo.ClientInfo) (context.Context, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return nil, errClosing
	}
	waiting, done := context.WithCancel(ctx)
	a, err := l.pending.begin(client.RemoteAddr, done)
	if err != nil {
		done()
		return nil, err
	}
	go l.serve(waiting)
	ctx = context.WithValue(ctx, attemptKey{}, a)
	context.AfterFunc(ctx, func() { a.over(context.Cause(ctx)) })
	return ctx, nil
}

// attemptKey finds the attempt in the context of a connection.
type attemptKey struct{}

// enter counts a connection that is going to be offered to Accept; false when
// the listener closed.
func (l *Listener) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closing {
		l.live++
	}
	return !l.closing
}

// leave forgets one that is gone, or that nobody accepted. The last one frees the
// address of a listener that closed.
func (l *Listener) leave() {
	l.mu.Lock()
	l.live--
	last := l.closing && l.live == 0
	l.mu.Unlock()
	if last {
		l.free()
	}
}

// free ends what is on its way, and closes the socket. It runs once: after
// closing is set live only falls.
func (l *Listener) free() {
	l.quic.Close()    // tells those in their handshakes; always nil
	l.packets.Close() // the socket is closed below
	l.socket.Close()  // there is nobody to tell
}
