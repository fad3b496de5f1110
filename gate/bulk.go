package gate

import (
	"errors"
	"sync"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/secure"
)

// mostPulls is how many pulls of a connection wait; the SDK has fewer.
const mostPulls = 512

// bulk answers the pulls of a connection inside TLS, one after the other, on a
// stream of its own: history that is read slowly holds up neither live messages
// nor what the client sends.
//
//	reader ──add──▶ pulls ──run──▶ route ──▶ page ──▶ seal ──▶ bulk stream
//
// Its goroutine lives while there are pulls. It keeps one answer at a time and
// asks for the next when that is written, so a client that does not read makes
// nothing grow; one that reads too slowly ends by the rule for stuck
// connections. What waits when the connection ends is not answered.
type bulk struct {
	conn *conn
	raw  transport.Secured
	runs sync.WaitGroup // run; grows in the reader only

	mu      sync.Mutex
	pulls   []func(pager) error
	running bool

	// Of run.
	stream transport.Bulk // nil before the first page
	sealer *secure.Sealer
	sealed []byte
}

// add queues a pull. It returns false when too many wait. Only the reader
// calls it.
func (b *bulk) add(pull func(pager) error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pulls) >= mostPulls {
		return false
	}
	b.pulls = append(b.pulls, pull)
	if !b.running {
		b.running = true
		b.runs.Go(b.run)
	}
	return true
}

// run answers pulls until none waits, or the connection ends.
func (b *bulk) run() {
	for {
		pull := b.next()
		if pull == nil {
			return
		}
		err := pull(b.page)
		var r *refusal
		switch {
		case err == nil, errors.Is(err, errEnding):
		case errors.As(err, &r):
			b.conn.refuse(r)
		default:
			b.conn.end(writeReason(err))
		}
	}
}

// next takes a pull; nil ends run, which keeps no memory then.
func (b *bulk) next() func(pager) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pulls) == 0 || b.conn.ending() {
		b.running, b.pulls, b.sealed = false, nil, nil
		if b.sealer != nil {
			b.sealer.Park()
		}
		return nil
	}
	pull := b.pulls[0]
	b.pulls[0] = nil
	b.pulls = b.pulls[1:]
	return pull
}

// page is the pager of the bulk stream, which begins with the first page.
func (b *bulk) page(m frame.Message) error {
	c := b.conn
	if c.ending() {
		return errEnding
	}
	if b.stream == nil {
		if err := b.open(); err != nil {
			return err
		}
	}
	frames := c.gate.buffers.get()
	frames.b = frame.Append(frames.b, m)
	frames, err := c.outward(frames)
	if err == nil {
		b.sealed, err = b.sealer.Append(b.sealed[:0], frames.b, c.gate.options.Now())
	}
	c.gate.buffers.put(frames)
	if err != nil {
		return err
	}
	c.gate.counts.framesOut.Add(1)
	c.gate.counts.writes.Add(1)
	c.gate.counts.bytesOut.Add(uint64(len(b.sealed)))
	return c.writeTo(b.stream, b.sealed)
}

func (b *bulk) open() (err error) {
	if b.sealer, err = b.conn.secure.BulkSealer(); err != nil {
		return err
	}
	b.stream, err = b.raw.OpenBulk()
	return err
}

// wait returns when nothing is written any more. The connection is closed. A
// nil bulk has nothing to write.
func (b *bulk) wait() {
	if b != nil {
		b.runs.Wait()
	}
}
