package quic

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport"
)

// MaxMigrations is how often a connection changes its local address. What
// quic-go keeps of each former path, about 20 KB, stays until the connection
// ends; after so many a new connection is better.
const MaxMigrations = 64

// overlap is how long the socket of the former path hears packets that were on
// their way when the path changed.
const overlap = 3 * time.Second

// Errors of Migrate.
var (
	ErrServer     = errors.New("quic: only a client migrates")
	ErrMigrations = errors.New("quic: the connection has migrated too often")
)

// paths are the local addresses that a client has had.
type paths struct {
	peer netip.AddrPort

	migrating sync.Mutex // held by Migrate

	mu     sync.Mutex
	all    []*path // the last one is in use, unless a probe is under way
	closed bool
}

// path is a socket and what quic-go runs on it.
type path struct {
	socket  *socket
	packets *quicgo.Transport
	timer   *time.Timer // retires the socket; nil while it is in use
}

// openPath binds a socket to any address that reaches peer.
func openPath(peer netip.AddrPort) (*path, error) {
	family := "udp6"
	if peer.Addr().Is4() {
		family = "udp4"
	}
	s, err := openSocket(family, &net.UDPAddr{})
	if err != nil {
		return nil, err
	}
	return &path{socket: s, packets: &quicgo.Transport{Conn: s}}, nil
}

// close ends the path. A connection that still uses it ends as well.
func (p *path) close() {
	p.socket.Close()  // there is nobody to tell
	p.packets.Close() // the socket is closed
}

// Migrate moves the connection to a new local address, as after a change of the
// network: it opens a socket, waits until the gate answers there, and switches.
// Bytes under way in both directions arrive all the same. With an error the
// connection goes on where it was. Only clients migrate, else ErrServer.
func (c *Conn) Migrate(ctx context.Context) error {
	if c.paths == nil {
		return ErrServer
	}
	c.paths.migrating.Lock()
	defer c.paths.migrating.Unlock()
	if c.closed.Load() {
		return transport.ErrClosed
	}
	next, err := c.paths.add()
	if err != nil {
		return err
	}
	if err := c.moveTo(ctx, next); err != nil {
		c.paths.drop(next, 0)
		if c.closed.Load() {
			return transport.ErrClosed
		}
		return fmt.Errorf("quic: migrate: %w", err)
	}
	return nil
}

// moveTo probes a path and switches to it. The former one is let go.
func (c *Conn) moveTo(ctx context.Context, next *path) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(c.quic.Context(), func() { cancel(context.Cause(c.quic.Context())) })
	defer stop()
	p, err := c.quic.AddPath(next.packets)
	if err != nil {
		return err
	}
	if err := p.Probe(ctx); err != nil {
		p.Close() // it is not in use
		return err
	}
	if err := p.Switch(); err != nil {
		p.Close() // it is not in use
		return err
	}
	next.socket.durable.Store(true)
	c.paths.leave(next)
	return nil
}

// add opens a path.
func (p *paths) add() (*path, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, transport.ErrClosed
	}
	if len(p.all) > MaxMigrations {
		return nil, ErrMigrations
	}
	next, err := openPath(p.peer)
	if err != nil {
		return nil, fmt.Errorf("quic: migrate: %w", err)
	}
	p.all = append(p.all, next)
	return next, nil
}

// leave lets go of every path but the one in use.
func (p *paths) leave(inUse *path) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, old := range p.all {
		if old != inUse && old.timer == nil && !p.closed {
			old.timer = time.AfterFunc(overlap, old.socket.retire)
		}
	}
}

// drop lets go of a path that was not switched to.
func (p *paths) drop(failed *path, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if failed.timer == nil && !p.closed {
		failed.timer = time.AfterFunc(after, failed.socket.retire)
	}
}

// close ends all paths, when the connection is gone.
func (p *paths) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, path := range p.all {
		if path.timer != nil {
			path.timer.Stop()
		}
		path.close()
	}
}
