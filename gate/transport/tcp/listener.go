package tcp

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/sim-im/sim/gate/transport"
)

// Listen accepts TCP connections at addr, which is host:port as net.Listen
// takes it; port 0 chooses a free one, see Addr.
func Listen(addr string) (transport.Listener, error) {
	l, err := listenTCP(addr)
	if err != nil {
		return nil, err
	}
	return &listener{tcp: l}, nil
}

func listenTCP(addr string) (*net.TCPListener, error) {
	config := net.ListenConfig{KeepAliveConfig: transport.KeepAlive()}
	l, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("tcp: listen: %w", err)
	}
	return l.(*net.TCPListener), nil
}

// listener is a listening socket.
type listener struct {
	tcp *net.TCPListener
}

// Accept returns the next connection. The error is transport.ErrClosed after
// Close, and otherwise an *AcceptError.
func (l *listener) Accept() (transport.Conn, error) {
	c, err := l.tcp.AcceptTCP()
	if errors.Is(err, net.ErrClosed) {
		return nil, transport.ErrClosed
	}
	if err != nil {
		return nil, &AcceptError{Err: err}
	}
	conn, err := newConn(c)
	if err != nil {
		return nil, &AcceptError{Err: err}
	}
	return conn, nil
}

// Addr is the address that clients dial, with the port that was chosen.
func (l *listener) Addr() string {
	return l.tcp.Addr().String()
}

// Close frees the address and makes Accept return transport.ErrClosed.
// Connections that were accepted live on. A second Close does nothing.
func (l *listener) Close() error {
	if err := l.tcp.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("tcp: close listener: %w", err)
	}
	return nil
}
