package cluster

import (
	"errors"
	"fmt"
	"net"
)

// ports hands out addresses on this machine where nobody listens now. It holds
// all of them until release, so that no two are the same.
type ports struct {
	held []net.Listener
	err  error
}

// free returns an address.
func (p *ports) free() string { return p.take("127.0.0.1:0") }

// take returns addr with a port chosen where that is 0, and remembers an error
// when somebody listens there.
func (p *ports) take(addr string) string {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		p.err = errors.Join(p.err, fmt.Errorf("cluster: %w", err))
		return addr
	}
	p.held = append(p.held, l)
	return l.Addr().String()
}

// release lets the processes have them. The error lists the addresses that
// could not be had.
func (p *ports) release() error {
	for _, l := range p.held {
		_ = l.Close() // nobody ever connected
	}
	p.held = nil
	return p.err
}
