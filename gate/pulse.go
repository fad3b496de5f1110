package gate

import (
	"slices"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Bounds of what waits for the route, in items, and what it takes in one call.
const (
	waitingReads = 64 << 10
	waitingTypes = 16 << 10 // of those who write
	waitingMost  = 1 << 20  // of what each connection has one at a time
	callItems    = 4096     // see rpc
	callSessions = 10000
	endedTries   = 3 // to tell a route that sessions ended
	cursorTries  = 60
)

// pulse asks and tells the route what can wait for company: one natural
// batcher each, so that many connections cost few calls.
type pulse struct {
	gate    *Server
	pings   *batcher[*conn]
	reads   *batcher[reading]
	cursors *batcher[rpc.Cursor]
	typings *batcher[rpc.Typing]
	ends    *batcher[rpc.Session]
}

// reading is a read position and who waits for it to be stored.
type reading struct {
	conn *conn
	item rpc.Read
}

func (p *pulse) open(s *Server) {
	p.gate = s
	p.pings = newBatcher(waitingMost, p.servePings)
	p.reads = newBatcher(waitingReads, p.serveReads)
	p.typings = newBatcher(waitingTypes, p.serveTypings)
	p.cursors = newBatcher(waitingMost, p.serveCursors)
	p.ends = newBatcher(waitingMost, p.serveEnds)
}

func (p *pulse) run(group *sync.WaitGroup) {
	group.Go(p.pings.run)
	group.Go(p.reads.run)
	group.Go(p.cursors.run)
	group.Go(p.typings.run)
	group.Go(p.ends.run)
}

// close works off what waits. Nothing is added any more: no connection is left.
func (p *pulse) close() {
	p.pings.close()
	p.reads.close()
	p.cursors.close()
	p.typings.close()
	p.ends.close()
}

// ping asks for the head of c's user, to answer the last ping with.
func (p *pulse) ping(c *conn) {
	if !p.pings.add(c) {
		c.unmark(pinging) // it is lost, but the next one need not be
	}
}

// read stores a position and confirms it to c. It returns false when too many
// wait.
func (p *pulse) read(c *conn, item rpc.Read) bool { return p.reads.add(reading{c, item}) }

// cursor saves where c's device is, if it moved. A cursor that is lost costs a
// repeated pull, or a notification of what was read.
func (p *pulse) cursor(c *conn) {
	if item, ok := c.movedCursor(); ok {
		p.cursors.add(item)
	}
}

// ended tells the route that a session is over.
func (p *pulse) ended(session rpc.Session) {
	if !p.ends.add(session) {
		p.gate.logger.Warn("too many ended sessions wait for the route", "conn", session.Conn)
	}
}

func (p *pulse) servePings(batch []*conn) {
	for part := range slices.Chunk(batch, callItems) {
		p.answerPings(part)
	}
}

// answerPings takes the nonces before it asks, so that a Pong's head is never
// older than its Ping.
func (p *pulse) answerPings(conns []*conn) {
	nonces := make([]uint64, len(conns))
	query := &rpc.HeadsQuery{UIDs: make([]uint64, len(conns))}
	for i, c := range conns {
		c.unmark(pinging)
		nonces[i], query.UIDs[i] = c.nonce.Load(), c.uid
	}
	ctx, cancel := p.gate.call(p.gate.times.Call)
	defer cancel()
	heads, err := p.gate.options.Route.Heads(ctx, query)
	if err == nil && len(heads.USeqs) != len(conns) {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d heads for %d users", len(heads.USeqs), len(conns))
	}
	for i, c := range conns {
		if err != nil {
			c.refuse(p.gate.failed(msgdef.TypePing, nonces[i], err))
			continue
		}
		c.knows(heads.USeqs[i])
		c.reply(&msgdef.Pong{Nonce: nonces[i], Head: heads.USeqs[i]})
	}
}

func (p *pulse) serveReads(batch []reading) {
	for part := range slices.Chunk(batch, callItems) {
		p.storeReads(part)
	}
}

// storeReads answers with what may collapse: an SDK repeats a position until
// it is confirmed.
func (p *pulse) storeReads(batch []reading) {
	reads := &rpc.Reads{Items: make([]rpc.Read, len(batch))}
	for i := range batch {
		reads.Items[i] = batch[i].item
	}
	ctx, cancel := p.gate.call(p.gate.times.Call)
	defer cancel()
	results, err := p.gate.options.Route.Read(ctx, reads)
	if err == nil && len(results.Items) != len(batch) {
		err = rpc.Errorf(msgdef.CodeUnavailable, "%d results for %d reads", len(results.Items), len(batch))
	}
	for i, r := range batch {
		var failure *refusal
		switch {
		case err != nil:
			failure = p.gate.failed(msgdef.TypeRead, 0, err)
		case results.Items[i].Code != msgdef.CodeOK:
			code := results.Items[i].Code
			failure = &refusal{of: msgdef.TypeRead, code: code, retry: p.gate.retry(code)}
		default:
			r.conn.list(r.conn.answer(0, &msgdef.ReadOK{Conv: r.item.Conv, CSeq: r.item.CSeq}))
			p.gate.counts.framesOut.Add(1)
			continue
		}
		p.gate.counts.refuse.Add(1)
		r.conn.list(r.conn.answer(0, failure.frame()))
	}
}

func (p *pulse) serveCursors(batch []rpc.Cursor) {
	for part := range slices.Chunk(batch, callItems) {
		p.saveCursors(part)
	}
}

// saveCursors tries until they are saved, for a while: those of devices that
// get no more messages come only once, and without them the user is notified of
// what was read. Few gather meanwhile, because without a message service none
// moves. A gate that is being shut down does not try again.
func (p *pulse) saveCursors(part []rpc.Cursor) {
	var err error
	for try := range cursorTries {
		if try > 0 && !p.gate.pause(p.gate.times.Retry) {
			break
		}
		ctx, cancel := p.gate.call(p.gate.times.Call)
		err = p.gate.options.Route.SaveCursors(ctx, &rpc.Cursors{Items: part})
		cancel()
		if err == nil {
			return
		}
	}
	p.gate.logger.Warn("cursors not saved", "cursors", len(part), "error", err)
}

// serveEnds is more stubborn than the rest: a session that the route does not
// know to be over is online until its gate is gone.
func (p *pulse) serveEnds(batch []rpc.Session) {
	for part := range slices.Chunk(batch, callSessions) {
		var err error
		for try := range endedTries {
			if try > 0 {
				p.gate.sleep(p.gate.times.Retry)
			}
			if err = p.unregister(part); err == nil {
				break
			}
		}
		if err != nil {
			p.gate.logger.Warn("route does not take ended sessions", "sessions", len(part), "error", err)
		}
	}
}

func (p *pulse) unregister(sessions []rpc.Session) error {
	ctx, cancel := p.gate.call(p.gate.times.Call)
	defer cancel()
	return p.gate.options.Route.Unregister(ctx, &rpc.SessionBatch{
		Gate: p.gate.options.ID, Epoch: p.gate.options.Epoch, Items: sessions,
	})
}
