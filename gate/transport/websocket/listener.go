package websocket

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"

	"github.com/sim-im/sim/gate/transport"
)

// Listener accepts connections at one address. It implements transport.Listener.
type Listener struct {
	tcp     net.Listener
	http    *http.Server
	options Options
	pending pending
	buffers transport.Pool // of all its connections

	queue  chan *conn    // has no room: connections wait in their request
	served chan struct{} // closed when err is set
	err    error         // why there are no more

	closing sync.Once
	closed  chan struct{} // closed by Close
}

// Listen accepts WebSocket connections at addr, which is host:port as net.Listen
// takes it; port 0 chooses a free one, see Addr. The error is a *PlaintextError
// when it would be reached from other machines without TLS, and lists
// *OriginErrors.
func Listen(addr string, options Options) (*Listener, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("websocket: listen: %w", err)
	}
	if options.TLS == nil && !at.IP.IsLoopback() {
		return nil, &PlaintextError{Addr: addr}
	}
	config := net.ListenConfig{KeepAliveConfig: transport.KeepAlive()}
	tcp, err := config.Listen(context.Background(), "tcp", at.String())
	if err != nil {
		return nil, fmt.Errorf("websocket: listen: %w", err)
	}
	l := &Listener{
		tcp: tcp, options: options.withDefaults(),
		queue: make(chan *conn), served: make(chan struct{}), closed: make(chan struct{}),
	}
	l.pending.open(l.options)
	l.open()
	return l, nil
}

// open starts net/http, which keeps to HTTP/1.1: that is where upgrades are.
func (l *Listener) open() {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	l.http = &http.Server{
		Handler: http.HandlerFunc(l.upgrade), Protocols: protocols,
		ReadHeaderTimeout: l.options.HeaderTimeout, ReadTimeout: l.options.HeaderTimeout,
		WriteTimeout: 2 * l.options.HeaderTimeout, IdleTimeout: l.options.HeaderTimeout,
		MaxHeaderBytes: l.options.HeaderBytes,
		ConnState:      l.pending.track, ConnContext: withSocket,
		ErrorLog: log.New(io.Discard, "", 0), // strangers would fill it
	}
	from := l.tcp
	if l.options.TLS != nil {
		config := l.options.TLS.Clone()
		config.NextProtos = []string{"http/1.1"}
		from = tls.NewListener(from, config)
	}
	go func() {
		l.err = l.http.Serve(from)
		close(l.served)
	}()
}

// Accept returns the next connection that was upgraded. The error is
// transport.ErrClosed after Close.
func (l *Listener) Accept() (transport.Conn, error) {
	select {
	case <-l.closed:
		return nil, transport.ErrClosed
	default:
	}
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.closed:
		return nil, transport.ErrClosed
	case <-l.served:
		if errors.Is(l.err, http.ErrServerClosed) {
			return nil, transport.ErrClosed
		}
		return nil, fmt.Errorf("websocket: accept: %w", l.err)
	}
}

// Addr is the host:port that clients dial, with the port that was chosen.
func (l *Listener) Addr() string { return l.tcp.Addr().String() }

// URL is what browsers connect to.
func (l *Listener) URL() string {
	return address(l.options.TLS != nil, l.Addr(), l.options.Path)
}

// Stats returns the counters so far.
func (l *Listener) Stats() Stats { return l.pending.snapshot() }

// Close frees the address, makes Accept return transport.ErrClosed, and closes
// connections that are not upgraded yet. Those that were accepted live on. A
// second Close does nothing.
func (l *Listener) Close() error {
	var err error
	l.closing.Do(func() {
		close(l.closed)
		err = l.http.Close()
		<-l.served
	})
	if err != nil {
		return fmt.Errorf("websocket: close listener: %w", err)
	}
	return nil
}

// address returns where a listener is as browsers take it.
func address(secure bool, addr, path string) string {
	if secure {
		return "wss://" + addr + path
	}
	return "ws://" + addr + path
}
