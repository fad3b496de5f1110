package memory

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/gate/transport"
)

// Errors of bulk streams.
var (
	errSecondBulk = errors.New("memory: the bulk stream is open")
	errAbandoned  = errors.New("memory: the bulk stream was abandoned")
)

// secured is one end of a pipe that has what a connection inside TLS has: keys
// that both ends know, and a stream each way beside the main one. Nothing is
// encrypted.
type secured struct {
	*conn
	key     []byte // of both ends
	out, in *beside
	life    context.Context // ends with Close
	end     context.CancelFunc
}

// beside is the bulk stream of one direction.
type beside struct {
	stream *stream
	taken  atomic.Bool   // by OpenBulk
	opened chan struct{} // closed by the first Write: before, the peer knows of nothing
	once   sync.Once

	writing   sync.Mutex  // held by Write
	abandoned atomic.Bool // closed in the midst of a Write: what was written is no whole
}

func newBeside() *beside { return &beside{stream: newStream(Capacity), opened: make(chan struct{})} }

// SecuredPipe is Pipe with ends that are transport.Secured.
func SecuredPipe() (a, b transport.Secured) {
	left, right := Pipe()
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails
	ab, ba := newBeside(), newBeside()
	return newSecured(left.(*conn), key, ab, ba), newSecured(right.(*conn), key, ba, ab)
}

func newSecured(c *conn, key []byte, out, in *beside) *secured {
	s := &secured{conn: c, key: key, out: out, in: in}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Export implements transport.Secured.
func (s *secured) Export(label string, context []byte, n int) ([]byte, error) {
	if n > sha256.Size {
		return nil, errors.New("memory: exports at most 32 bytes")
	}
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(label))
	h.Write([]byte{0})
	h.Write(context)
	return h.Sum(nil)[:n], nil
}

// OpenBulk implements transport.Secured.
func (s *secured) OpenBulk() (transport.Bulk, error) {
	if s.life.Err() != nil {
		return nil, transport.ErrClosed
	}
	if s.out.taken.Swap(true) {
		return nil, errSecondBulk
	}
	return bulk{&conn{in: newStream(Capacity), out: s.out.stream}, s.out}, nil
}

// AcceptBulk implements transport.Secured.
func (s *secured) AcceptBulk(ctx context.Context) (io.Reader, error) {
	select {
	case <-s.in.opened:
		return bulk{&conn{in: s.in.stream, out: newStream(Capacity)}, s.in}, nil
	case <-s.life.Done():
		return nil, transport.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bulk is an end of a bulk stream.
type bulk struct {
	*conn
	beside *beside
}

// Write implements transport.Bulk.
func (b bulk) Write(p []byte) (int, error) {
	b.beside.writing.Lock()
	defer b.beside.writing.Unlock()
	b.beside.once.Do(func() { close(b.beside.opened) })
	return b.conn.Write(p)
}

// Close implements transport.Bulk.
func (b bulk) Close() error {
	if b.beside.writing.TryLock() {
		defer b.beside.writing.Unlock()
	} else {
		b.beside.abandoned.Store(true)
	}
	return b.conn.Close()
}

// Read implements io.Reader.
func (b bulk) Read(p []byte) (int, error) {
	n, err := b.conn.Read(p)
	if b.beside.abandoned.Load() {
		return 0, errAbandoned
	}
	return n, err
}

// Close implements transport.Conn: the bulk streams end too.
func (s *secured) Close() error {
	s.end()
	s.in.stream.close(&s.in.stream.reader)
	s.out.stream.close(&s.out.stream.writer)
	return s.conn.Close()
}
