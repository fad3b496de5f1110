package bench

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/gate/transport"
)

// traffic counts what the clients of this process read and wrote.
type traffic struct {
	next  atomic.Uint32
	lanes [8]lane // a connection counts on one of them
}

// lane is a part of a traffic. It fills a line of the caches.
type lane struct {
	reads, writes, in, out atomic.Uint64
	_                      [32]byte
}

// spent returns what was counted so far.
func (t *traffic) spent() (sum spending) {
	for i := range t.lanes {
		l := &t.lanes[i]
		sum.add(spending{Reads: l.reads.Load(), Writes: l.writes.Load(), BytesIn: l.in.Load(), BytesOut: l.out.Load()})
	}
	return sum
}

// counting is a dialer whose connections count what goes over them.
type counting struct {
	transport.Dialer
	traffic *traffic
	beats   *meter // of idle connections: from a write to the read after it; nil without
}

// Dial implements transport.Dialer.
func (d *counting) Dial(ctx context.Context, addr string) (transport.Conn, error) {
	inside, err := d.Dialer.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	number := int(d.traffic.next.Add(1))
	c := &counted{Conn: inside, lane: &d.traffic.lanes[number%len(d.traffic.lanes)]}
	if d.beats != nil {
		c.beats = d.beats.shard(number)
	}
	if s, ok := inside.(transport.Secured); ok {
		return &countedSecured{c, s}, nil
	}
	return c, nil
}

// counted is a connection that counts.
type counted struct {
	transport.Conn
	lane  *lane
	beats *shard
	wrote atomic.Int64 // when, Unix nanoseconds, with beats; 0: nothing since the last read
}

// Read implements transport.Conn.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read(n)
	return n, err
}

// ReadPooled implements transport.Conn.
func (c *counted) ReadPooled(pool *transport.Pool) ([]byte, int, error) {
	buf, n, err := c.Conn.ReadPooled(pool)
	c.read(n)
	return buf, n, err
}

func (c *counted) read(n int) {
	c.lane.reads.Add(1)
	c.lane.in.Add(uint64(n))
	if c.beats == nil || n == 0 {
		return
	}
	if at := c.wrote.Swap(0); at != 0 {
		now := time.Now()
		c.beats.record(now, now.Sub(time.Unix(0, at)))
	}
}

// TryWrite implements transport.Conn.
func (c *counted) TryWrite(p []byte) (int, error) {
	c.willWrite()
	n, err := c.Conn.TryWrite(p)
	c.lane.out.Add(uint64(n))
	return n, err
}

// Write implements transport.Conn.
func (c *counted) Write(p []byte) (int, error) {
	c.willWrite()
	n, err := c.Conn.Write(p)
	c.lane.out.Add(uint64(n))
	return n, err
}

func (c *counted) willWrite() {
	c.lane.writes.Add(1)
	if c.beats != nil {
		c.wrote.Store(time.Now().UnixNano())
	}
}

// countedSecured is a counted connection inside TLS. What goes beside its main
// stream is not counted.
type countedSecured struct {
	*counted
	inside transport.Secured
}

// Export implements transport.Secured.
func (c *countedSecured) Export(label string, context []byte, n int) ([]byte, error) {
	return c.inside.Export(label, context, n)
}

// OpenBulk implements transport.Secured.
func (c *countedSecured) OpenBulk() (transport.Bulk, error) { return c.inside.OpenBulk() }

// AcceptBulk implements transport.Secured.
func (c *countedSecured) AcceptBulk(ctx context.Context) (io.Reader, error) {
	return c.inside.AcceptBulk(ctx)
}
