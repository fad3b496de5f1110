// Package transport carries the bytes of a connection. A gate, and the SDK,
// see only Conn and Listener; tcp, quic, websocket and memory implement them, and
// the suite in transporttest runs on each. Sender and Receiver are the halves of
// a Conn over what cannot be read or written in part.
//
// A transport knows nothing of records, frames or users.
package transport

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"
)

// ErrClosed is returned after Close of a Conn or Listener.
var ErrClosed = errors.New("transport: closed")

// Conn is a reliable, ordered stream of bytes. One goroutine may read while
// another writes; Close may be called from any.
type Conn interface {
	// Read reads at least one byte into p, or returns io.EOF at the end.
	Read(p []byte) (int, error)

	// ReadPooled waits for bytes without holding memory, then takes a buffer
	// from pool and reads into it. An idle connection thus costs no buffer. On
	// error no buffer is kept.
	ReadPooled(pool *Pool) (buf []byte, n int, err error)

	// TryWrite writes as much of p as goes without waiting. n < len(p) with a
	// nil error means the rest would block.
	TryWrite(p []byte) (n int, err error)

	// Write writes all of p and waits as long as that takes, up to the write
	// deadline.
	Write(p []byte) (n int, err error)

	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error

	// RemoteAddr is the peer's address; the zero value where there is none.
	RemoteAddr() netip.AddrPort

	// Close ends both directions; a blocked Read or Write returns. What was
	// written before still goes to the peer, but not for ever: a peer that reads
	// on only seconds later may get an error instead of the rest, which is not
	// an io.EOF. Who must know that all arrived has the peer say so.
	Close() error
}

// Secured is a Conn inside TLS 1.3, as over QUIC: session keys come from the
// exporter of TLS, and what is large goes beside the stream of the Conn.
type Secured interface {
	Conn

	// Export returns n bytes of keying material that both ends compute alike and
	// nobody else can (RFC 8446, 7.5).
	Export(label string, context []byte, n int) ([]byte, error)

	// OpenBulk opens the one-way stream to the peer for what must not delay the
	// main one. Each side opens at most one. Its Write waits as long as the peer
	// does not read, up to the write deadline; its Close ends only itself.
	OpenBulk() (Bulk, error)

	// AcceptBulk waits for the peer's. It fails when the connection ends.
	AcceptBulk(ctx context.Context) (io.Reader, error)
}

// Bulk is the writing end of a one-way stream.
type Bulk interface {
	io.WriteCloser
	SetWriteDeadline(t time.Time) error
}

// Listener accepts connections.
type Listener interface {
	// Accept waits for the next connection. An error with a method
	// Temporary() bool that returns true, for example for want of files, passes
	// by itself: wait and accept again. ErrClosed comes after Close.
	Accept() (Conn, error)
	Addr() string
	Close() error
}

// Dialer opens connections to a gate.
type Dialer interface {
	Dial(ctx context.Context, addr string) (Conn, error)
}
