package transport

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// pairTries is how often ListenPair tries another port.
const pairTries = 16

// ListenPair listens in two ways on one port number, as over TCP and UDP, so
// that clients need to know one address. addr is host:port; with port 0 a port
// is chosen that both find free, in a few tries. The error wraps
// syscall.EADDRINUSE when there is none.
func ListenPair(addr string, first, second func(addr string) (Listener, error)) (a, b Listener, err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, nil, fmt.Errorf("transport: listen: %w", err)
	}
	tries := 1
	if port == "0" || port == "" {
		tries = pairTries
	}
	for range tries {
		a, b, err = listenBoth(host, addr, first, second)
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return a, b, err
}

// listenBoth has first choose the port.
func listenBoth(host, addr string, first, second func(string) (Listener, error)) (Listener, Listener, error) {
	a, err := first(addr)
	if err != nil {
		return nil, nil, err
	}
	_, port, err := net.SplitHostPort(a.Addr())
	if err != nil {
		a.Close() // the first error counts
		return nil, nil, fmt.Errorf("transport: listen: %w", err)
	}
	b, err := second(net.JoinHostPort(host, port))
	if err != nil {
		a.Close() // the first error counts
		return nil, nil, err
	}
	return a, b, nil
}
