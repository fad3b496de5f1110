package gate

import (
	"time"

	"github.com/sim-im/sim/gate/transport"
)

const (
	// mostInLot is of connections. More would make those in front wait for those
	// behind, and gain nothing.
	mostInLot = 32
	// fullLot is how many bytes of frames leave no room for another connection.
	fullLot = 64 << 10
)

// lot writes for some connections of a round. Each step is taken for all of them
// before the next, so that its code and tables stay in the processor's caches,
// and the writes are one call of the system where the transport has that
// (transport.Batched):
//
//	take … take ─▶ seal … seal ─▶ write all ─▶ settle … settle
//
// Who waits meanwhile in other goroutines to write for one of them does as with
// any writer: the frames stay, and settle finds them.
type lot struct {
	gate    *Server
	parcels []parcel
	records []byte
	batch   transport.Batch // nil until there was somebody to write to together with others
	alone   bool            // there is no batch to be had
}

// parcel is what a connection gets.
type parcel struct {
	to     *conn
	frames *buffer // nil once sealed
	record []byte  // in lot.records
	joined bool    // written with the batch
	n      int     // bytes written
	err    error
}

// flush writes what waits for the first of conns, and returns the others. What
// blocks is left to a goroutine.
func (l *lot) flush(conns []*conn, now time.Time) (rest []*conn) {
	rest = l.take(conns)
	l.seal(now)
	l.write()
	l.settle(now)
	return rest
}

// take makes the lot the writer of those that have something to write.
func (l *lot) take(conns []*conn) (rest []*conn) {
	for size := 0; len(conns) > 0 && len(l.parcels) < mostInLot && size < fullLot; conns = conns[1:] {
		c := conns[0]
		if frames := c.take(); frames != nil {
			size += len(frames.b)
			l.parcels = append(l.parcels, parcel{to: c, frames: frames})
		}
	}
	return conns
}

func (l *lot) seal(now time.Time) {
	l.records = l.records[:0]
	for i := range l.parcels {
		p := &l.parcels[i]
		start := len(l.records)
		l.records, p.err = p.to.seal(l.records, p.frames, now)
		p.frames, p.record = nil, l.records[start:] // also when more records move to larger memory
	}
}

// write writes everything without waiting.
func (l *lot) write() {
	for i := range l.parcels {
		p := &l.parcels[i]
		if p.err != nil {
			continue
		}
		if p.joined = len(l.parcels) > 1 && l.joins(p); !p.joined {
			p.n, p.err = p.to.raw.TryWrite(p.record)
		}
	}
	if l.batch == nil {
		return
	}
	written := l.batch.Write()
	for i := range l.parcels {
		if p := &l.parcels[i]; p.joined {
			p.n, p.err = written[0].N, written[0].Err
			written = written[1:]
		}
	}
}

// joins puts a parcel into the batch.
func (l *lot) joins(p *parcel) bool {
	if l.batch == nil && !l.open(p.to.raw) {
		return false
	}
	return l.batch.Add(p.to.raw, p.record)
}

// open tries once to have a batch for connections like c.
func (l *lot) open(c transport.Conn) bool {
	b, ok := c.(transport.Batched)
	if !ok || l.alone {
		return false
	}
	batch, err := b.NewBatch()
	if err != nil {
		l.alone = true
		l.gate.logger.Info("connections are written to one by one, which costs more", "why", err)
		return false
	}
	l.batch = batch
	return true
}

// settle ends the writing.
func (l *lot) settle(now time.Time) {
	for i := range l.parcels {
		switch p := &l.parcels[i]; {
		case p.err != nil:
			p.to.fail(p.err)
		case p.n < len(p.record):
			l.gate.counts.blocked.Add(1)
			p.to.blocks(len(p.record) - p.n)
			go p.to.drain(append([]byte(nil), p.record[p.n:]...))
		default:
			p.to.written(now)
		}
	}
	clear(l.parcels) // closed connections must not stay reachable
	l.parcels = l.parcels[:0]
	if cap(l.records) > 8*maxKept {
		l.records = nil
	}
}

// close gives back what the lot has of the system.
func (l *lot) close() {
	if l.batch == nil {
		return
	}
	if err := l.batch.Close(); err != nil {
		l.gate.logger.Warn("a batch was not closed", "error", err)
	}
}
