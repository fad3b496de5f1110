package gate

import (
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
	"github.com/sim-im/sim/msgdef/rpc"
)

// How frames of applications are spread over lanes, and what they count. A
// frame counts its body and frameCost, in bytes: many empty ones are as much
// work as a few long ones.
const (
	laneBlocks = (1<<16 - msgdef.FirstApplicationType) >> 8 // of 256 types each
	laneShares = 8                                          // lanes of a block; a user has one of them
	frameCost  = 1 << 10
	laneCost   = 1 << 20 // most that waits in a lane, and so most of one call
)

// lanes carry frames of applications to the route.
//
//	reader ──add──▶ lane (type>>8, uid mod 8) ──batch──▶ Route.Forward ──▶ answers ──▶ outboxes
//
// A lane has one call under way; what gathers meanwhile is its next batch. So a
// connection's frames of a block arrive in order and their answers too, and a
// service that is slow holds up nobody but the frames of its own block: no
// reader, no message, no other block. A lane has a goroutine while it has
// frames, and memory while they wait.
//
// A frame is handed to the route once. When it is not known what became of it,
// the client is told so, and nothing is repeated.
type lanes struct {
	gate *Server
	cost atomic.Int64 // of all frames between add and their answers
	runs sync.WaitGroup
	free sync.Pool // of *appBatch

	table [laneBlocks * laneShares]lane
}

// lane is where the frames of one block and one share of the users go.
type lane struct {
	mu      sync.Mutex
	waiting *appBatch // nil while there are none
	running bool
}

// appBatch is what a lane gathers for one call. It owns the bodies of its
// frames, which lie in bodies or in memory that bodies has grown out of, until
// the answers were queued.
type appBatch struct {
	frames rpc.AppFrames
	from   []origin // of frames.Items
	bodies []byte
	cost   int64
}

// origin is where a frame came from.
type origin struct {
	conn   *conn
	number uint64 // of the frame among the session's, from 1
	failed bool   // an Error has answered it: no other answer follows
}

// add takes a frame, whose body it copies. It returns false when too much is
// on its way. Only the reader of c calls it.
func (l *lanes) add(c *conn, number uint64, f frame.Frame) bool {
	cost := costOf(f.Body)
	if !l.reserve(c, cost) {
		return false
	}
	lane := &l.table[int(f.Type-msgdef.FirstApplicationType)>>8*laneShares+int(c.uid%laneShares)]
	taken, begins := lane.put(l, c, number, f)
	switch {
	case !taken:
		l.release(c, cost)
	case begins:
		l.runs.Go(func() { l.run(lane) })
	}
	return taken
}

// put adds a frame to what waits. begins tells that the lane was at rest, and
// that the caller has to run it.
func (n *lane) put(l *lanes, c *conn, number uint64, f frame.Frame) (taken, begins bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting == nil {
		n.waiting = l.batch()
	}
	if n.waiting.cost+costOf(f.Body) > laneCost {
		return false, false
	}
	n.waiting.add(c, number, f)
	begins = !n.running
	n.running = true
	return true, begins
}

// run makes calls until nothing waits.
func (l *lanes) run(n *lane) {
	for b := n.next(); b != nil; b = n.next() {
		l.call(b)
		for i := range b.from {
			l.release(b.from[i].conn, costOf(b.frames.Items[i].Body))
		}
		l.put(b)
	}
}

// next takes what waits; nil ends run.
func (n *lane) next() *appBatch {
	n.mu.Lock()
	defer n.mu.Unlock()
	b := n.waiting
	n.waiting, n.running = nil, b != nil
	return b
}

// reserve counts a frame of c as on its way, if its user and the gate have room
// for it. It must be released.
func (l *lanes) reserve(c *conn, cost int64) bool {
	limits := l.gate.limits.Load()
	mine, all := c.sender.underway.Add(cost), l.cost.Add(cost)
	if all > int64(limits.AppBytes) || mine > int64(limits.AppUserBytes) && !c.exempt {
		l.release(c, cost)
		return false
	}
	return true
}

// release takes back what reserve counted. A connection that ends has said so
// before it lets go of its sender: one of the two sees that nothing is left.
func (l *lanes) release(c *conn, cost int64) {
	if c.sender.underway.Add(-cost) == 0 && c.ending() {
		l.gate.senders.landed(c.uid)
	}
	l.cost.Add(-cost)
}

// costOf returns what a frame counts.
func costOf(body []byte) int64 { return int64(len(body)) + frameCost }

// batch returns an empty batch.
func (l *lanes) batch() *appBatch {
	if b, ok := l.free.Get().(*appBatch); ok {
		return b
	}
	return &appBatch{frames: rpc.AppFrames{Gate: l.gate.options.ID}}
}

// put takes a batch back, unless a burst has made it large.
func (l *lanes) put(b *appBatch) {
	if cap(b.bodies) > maxKept || cap(b.from) > maxKept/frameCost {
		return
	}
	clear(b.frames.Items)
	clear(b.from) // closed connections must not stay reachable
	b.frames.Items, b.from, b.bodies, b.cost = b.frames.Items[:0], b.from[:0], b.bodies[:0], 0
	l.free.Put(b)
}

// add appends a frame of c.
func (b *appBatch) add(c *conn, number uint64, f frame.Frame) {
	start := len(b.bodies)
	b.bodies = append(b.bodies, f.Body...)
	b.frames.Items = append(b.frames.Items, rpc.AppFrame{
		Conn: c.id, UID: c.uid, Device: c.device, Type: uint16(f.Type), Codec: uint8(c.codec),
		Body: b.bodies[start:len(b.bodies):len(b.bodies)],
	})
	b.from = append(b.from, origin{conn: c, number: number})
	b.cost += costOf(f.Body)
}
