package cluster

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/sim-im/sim/tools/freeport"
)

// ports hands out addresses on this machine where nobody listens now. It holds
// all of them until release, so that no two are the same.
type ports struct {
	held []io.Closer
	err  error
}

// anywhere stands for an address that stays free of clients while the process
// that has it is down.
const anywhere = "127.0.0.1:0"

// free returns an address.
func (p *ports) free() string { return p.take(anywhere) }

// take returns addr with a port chosen where that is 0, and remembers an error
// when somebody listens there.
func (p *ports) take(addr string) string {
	var err error
	if addr == anywhere {
		if addr, err = freeport.Addr(); err != nil {
			p.err = errors.Join(p.err, fmt.Errorf("cluster: %w", err))
			return anywhere
		}
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		p.err = errors.Join(p.err, fmt.Errorf("cluster: %w", err))
		return addr
	}
	p.held = append(p.held, l)
	return l.Addr().String()
}

// pairTries bounds the search for a port number that is free twice.
const pairTries = 16

// takePair is take for TCP and UDP on the same port number.
func (p *ports) takePair(addr string) string {
	for try := 1; ; try++ {
		taken := p.take(addr)
		if p.err != nil { // UDP would only say the same
			return taken
		}
		udp, err := net.ListenPacket("udp", taken)
		if err == nil {
			p.held = append(p.held, udp)
			return taken
		}
		_, port := split(addr)
		if p.err != nil || port != "0" || try == pairTries {
			p.err = errors.Join(p.err, fmt.Errorf("cluster: %w", err))
			return taken
		}
	}
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
