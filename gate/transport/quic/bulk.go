package quic

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	quicgo "github.com/quic-go/quic-go"

	"github.com/sim-im/sim/gate/transport"
)

// Urgencies of RFC 9218, lower first: bulk goes when the main stream is silent.
const (
	priorityMain int8 = 1
	priorityBulk int8 = 6
)

// Export implements transport.Secured. A Conn exists only after the handshake,
// so the keys are final.
func (c *Conn) Export(label string, context []byte, n int) ([]byte, error) {
	state := c.quic.ConnectionState().TLS
	key, err := state.ExportKeyingMaterial(label, context, n)
	if err != nil {
		return nil, fmt.Errorf("quic: export: %w", err)
	}
	return key, nil
}

// OpenBulk implements transport.Secured.
func (c *Conn) OpenBulk() (transport.Bulk, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return nil, transport.ErrClosed
	}
	s, err := c.quic.OpenUniStream()
	if err != nil {
		return nil, c.bulkError("open bulk", err)
	}
	s.SetPriority(priorityBulk, true)
	c.bulkOut = s
	return &bulk{SendStream: s, conn: c}, nil
}

// AcceptBulk implements transport.Secured. The reader ends with io.EOF after the
// peer closed its Bulk, and fails when the connection ends.
func (c *Conn) AcceptBulk(ctx context.Context) (io.Reader, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(c.life, cancel)
	defer stop()
	s, err := c.quic.AcceptUniStream(ctx)
	if err != nil {
		return nil, c.bulkError("accept bulk", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return nil, transport.ErrClosed
	}
	c.bulkIn = s
	return &bulkReader{stream: s, conn: c}, nil
}

// endBulk wakes who waits for a bulk stream, when the connection closes. The
// lock is held.
func (c *Conn) endBulk() {
	c.end()
	if c.bulkOut != nil {
		c.bulkOut.SetWriteDeadline(past()) // never fails
	}
	if c.bulkIn != nil {
		c.bulkIn.SetReadDeadline(past()) // never fails
	}
}

// past is a deadline that ends a wait under way.
func past() time.Time {
	return time.Unix(1, 0)
}

// bulkError translates an error of a bulk stream.
func (c *Conn) bulkError(what string, err error) error {
	if c.closed.Load() {
		return transport.ErrClosed
	}
	return translate(what, err)
}

// bulk is a one-way stream to the peer.
type bulk struct {
	*quicgo.SendStream
	conn    *Conn
	writing sync.Mutex
}

// Write implements transport.Bulk.
func (b *bulk) Write(p []byte) (int, error) {
	b.writing.Lock()
	defer b.writing.Unlock()
	n, err := b.SendStream.Write(p)
	if err != nil {
		return n, b.conn.bulkError("write bulk", err)
	}
	return n, nil
}

// Close implements transport.Bulk. The peer reads what was written and then
// io.EOF, unless a Write is under way: that one fails, and so does the peer's
// Read.
func (b *bulk) Close() error {
	if !b.writing.TryLock() {
		b.CancelWrite(streamAbandoned)
		return nil
	}
	defer b.writing.Unlock()
	b.SendStream.Close() // fails only when the stream was abandoned
	return nil
}

// bulkReader is a one-way stream from the peer.
type bulkReader struct {
	stream *quicgo.ReceiveStream
	conn   *Conn
}

// Read implements io.Reader.
func (r *bulkReader) Read(p []byte) (int, error) {
	n, err := r.stream.Read(p)
	switch {
	case n > 0, err == nil:
		return n, nil
	case err == io.EOF: //nolint:errorlint // quic-go returns it bare
		return 0, io.EOF
	}
	return 0, r.conn.bulkError("read bulk", err)
}
