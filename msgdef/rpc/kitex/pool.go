package kitex

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/cloudwego/kitex/pkg/remote"
)

// Bounds of a pool.
const (
	maxIdle  = maxCalls / 4     // connections per address
	idleTime = 60 * time.Second // less than the server's
	dialTime = 2 * time.Second  // for connecting and the TLS handshake, or the call's deadline
)

// pool keeps connections by address, one call at a time on each. Kitex's own
// pool neither ends a call with its context nor knows TLS.
type pool struct {
	tls    *tls.Config     // nil: plain
	base   context.Context // ends when the pool is closed
	cancel context.CancelFunc

	mu     sync.Mutex
	idle   map[string][]*conn // the last one rested least
	open   map[*conn]struct{} // idle or in use
	closed bool
}

var _ remote.ConnPool = (*pool)(nil)

// newPool returns an empty pool.
func newPool(config *tls.Config) *pool {
	p := &pool{tls: config, idle: make(map[string][]*conn), open: make(map[*conn]struct{})}
	p.base, p.cancel = context.WithCancel(context.Background())
	return p
}

// Get implements remote.ConnPool for the attempt in ctx.
func (p *pool) Get(ctx context.Context, _, addr string, _ remote.ConnOption) (net.Conn, error) {
	a := attemptOf(ctx)
	c := p.take(addr)
	for c != nil && a.once && !c.alive() {
		p.drop(c)
		c = p.take(addr)
	}
	a.reused = c != nil
	if c == nil {
		var err error
		if c, err = p.dial(a.ctx, addr, a.until); err != nil {
			return nil, err
		}
	}
	if err := c.begin(a.ctx, a.until); err != nil {
		p.drop(c)
		return nil, err
	}
	a.sent = true
	return c, nil
}

// Put implements remote.ConnPool.
func (p *pool) Put(nc net.Conn) error {
	c := nc.(*conn)
	if !c.end() {
		p.drop(c)
		return nil
	}
	c.rested = time.Now()
	p.mu.Lock()
	if p.closed || len(p.idle[c.addr]) >= maxIdle {
		p.mu.Unlock()
		p.drop(c)
		return nil
	}
	p.idle[c.addr] = append(p.idle[c.addr], c)
	p.mu.Unlock()
	return nil
}

// Discard implements remote.ConnPool.
func (p *pool) Discard(nc net.Conn) error {
	c := nc.(*conn)
	c.end()
	p.drop(c)
	return nil
}

// Close implements remote.ConnPool. Calls under way fail.
func (p *pool) Close() error {
	p.cancel()
	p.mu.Lock()
	p.closed = true
	open := p.open
	p.open, p.idle = make(map[*conn]struct{}), nil
	p.mu.Unlock()
	for c := range open {
		_ = c.Close()
	}
	return nil
}

// clean closes the idle connections to an address: one of them was dead, so
// the others may be as well.
func (p *pool) clean(addr string) {
	p.mu.Lock()
	idle := p.idle[addr]
	delete(p.idle, addr)
	p.mu.Unlock()
	for _, c := range idle {
		p.drop(c)
	}
}

// probe finds out whether an address answers.
func (p *pool) probe(addr string) error {
	c, err := p.dial(p.base, addr, time.Now().Add(dialTime))
	if err != nil {
		return err
	}
	return p.Put(c)
}

// take returns an idle connection, or nil.
func (p *pool) take(addr string) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	idle := p.idle[addr]
	last := len(idle) - 1
	if last < 0 || time.Since(idle[last].rested) > idleTime {
		return nil
	}
	c := idle[last]
	idle[last] = nil
	p.idle[addr] = idle[:last]
	return c
}

// dial connects, and is where idle connections that are too old get closed.
func (p *pool) dial(ctx context.Context, addr string, deadline time.Time) (*conn, error) {
	p.sweep()
	if limit := time.Now().Add(dialTime); deadline.After(limit) {
		deadline = limit
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	defer context.AfterFunc(p.base, cancel)()
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if p.tls != nil {
		if nc, err = p.secure(ctx, nc, addr); err != nil {
			return nil, err
		}
	}
	return p.adopt(newConn(nc, addr))
}

// secure makes the TLS handshake, so that what it fails of is told as such.
func (p *pool) secure(ctx context.Context, nc net.Conn, addr string) (net.Conn, error) {
	config := p.tls
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName, _, _ = net.SplitHostPort(addr)
	}
	secured := tls.Client(nc, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = nc.Close()
		return nil, err
	}
	return secured, nil
}

// adopt makes a new connection one of the pool's.
func (p *pool) adopt(c *conn) (*conn, error) {
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.open[c] = struct{}{}
	}
	p.mu.Unlock()
	if closed {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	return c, nil
}

// sweep closes what has been idle for too long at any address.
func (p *pool) sweep() {
	var old []*conn
	p.mu.Lock()
	for addr, idle := range p.idle {
		n := 0
		for n < len(idle) && time.Since(idle[n].rested) > idleTime {
			n++
		}
		old = append(old, idle[:n]...)
		if p.idle[addr] = idle[n:]; n == len(idle) {
			delete(p.idle, addr)
		}
	}
	p.mu.Unlock()
	for _, c := range old {
		p.drop(c)
	}
}

// drop closes a connection.
func (p *pool) drop(c *conn) {
	p.mu.Lock()
	delete(p.open, c)
	p.mu.Unlock()
	_ = c.Close()
}
