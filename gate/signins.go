package gate

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

const (
	waitingSignIns = 128 << 10 // of sessions that began or ended
	signInBeat     = 30 * time.Second
	signInTries    = 60
)

// signIns tells the message service who is online from when to when, and why no
// longer, behind everybody's back: a session never waits for it. What was not told,
// because too much waited or nobody took it, ends the life of the log:
//
//	a session began or ended ──▶ batcher ──▶ KeepSignIns, as often as Times.SignIns
//	            │ no room                          │ not taken
//	            └──▶ next life, and those that last are told once more ◀──┘
//
// so that a session whose end is among what was not told is not open for ever.
type signIns struct {
	gate  *Server
	queue *batcher[rpc.SignedIn]
	life  atomic.Uint64
	again atomic.Bool // those that last are to be told
	lost  atomic.Uint64
}

func (l *signIns) open(s *Server) {
	l.gate = s
	l.life.Store(s.options.Epoch)
	l.queue = newBatcher(waitingSignIns, l.serve)
	l.beat()
}

// beat says that the gate lives. It is an item without a user.
func (l *signIns) beat() { l.queue.add(rpc.SignedIn{}) }

// began tells of a session that has just opened.
func (l *signIns) began(c *conn) { l.tell(l.of(c)) }

// ended tells of a session that is over.
func (l *signIns) ended(c *conn) {
	item := l.of(c)
	item.Ended = max(l.gate.options.Now().UnixMilli(), item.Began)
	item.End = sessionEnd(Reason(c.reason.Load()))
	l.tell(item)
}

// now is the time as a connection keeps it, in 4 bytes: seconds since the gate
// started, from 1.
func (l *signIns) now() uint32 { return uint32(l.gate.clock()/time.Second) + 1 }

// of says what there is to say of a session. The life is read first: what is lost
// after that is lost in it.
func (l *signIns) of(c *conn) rpc.SignedIn {
	return rpc.SignedIn{
		Life: l.life.Load(), UID: c.uid, Device: c.device, Conn: c.id, Began: l.gate.start.UnixMilli() + int64(c.began-1)*1000, Platform: c.platform, Address: c.address(),
	}
}

func (l *signIns) tell(item rpc.SignedIn) {
	if !l.queue.add(item) {
		l.untold(1)
	}
}

// untold begins another life, because n sessions were not told of.
func (l *signIns) untold(n int) {
	l.lost.Add(uint64(n))
	l.life.Store(max(l.life.Load()+1, uint64(max(l.gate.options.Now().UnixNano(), 0))))
	l.again.Store(true)
}

// serve tells what gathered, and lets more gather.
func (l *signIns) serve(batch []rpc.SignedIn) {
	items := slices.DeleteFunc(batch, func(item rpc.SignedIn) bool { return item.UID == 0 })
	if len(items) == 0 {
		l.keep(nil)
	}
	for part := range slices.Chunk(items, callItems) {
		if !l.keep(part) {
			l.untold(len(part))
		}
	}
	l.gate.pause(l.gate.times.SignIns)
	if l.again.Swap(false) {
		l.retell()
	}
}

// keep tries until the service has the items, for a while.
func (l *signIns) keep(items []rpc.SignedIn) bool {
	var err error
	for try := range signInTries {
		if try > 0 && !l.gate.pause(l.gate.times.Retry) {
			break
		}
		ctx, cancel := l.gate.call(l.gate.times.Call)
		err = l.gate.options.Route.KeepSignIns(ctx, &rpc.SignInBatch{Gate: l.gate.options.ID, Life: l.life.Load(), Items: items})
		cancel()
		if err == nil {
			return true
		}
		if items == nil {
			return true // the next one says the same
		}
	}
	l.gate.logger.Warn("it is not kept who signed in", "sessions", len(items), "error", err)
	return false
}

// retell tells of those that last, in the life that has begun.
func (l *signIns) retell() {
	var items []rpc.SignedIn // the table is not to be used by what visits it
	life := l.life.Load()
	l.gate.conns.each(func(c *conn) {
		if c.heard.Load() != 0 { // else it is not logged in
			items = append(items, l.of(c))
		}
	})
	for i := range items {
		items[i].Life = life // of those that have ended by now too
	}
	for part := range slices.Chunk(items, callItems) {
		if !l.keep(part) {
			l.untold(len(part))
		}
	}
}

// sessionEnd returns what a user is told of a reason.
func sessionEnd(r Reason) msgdef.SessionEnd {
	switch r {
	case ReasonPeer:
		return msgdef.EndClient
	case ReasonBroken:
		return msgdef.EndNetwork
	case ReasonIdle:
		return msgdef.EndIdle
	case ReasonStuck:
		return msgdef.EndStuck
	case ReasonAuth, ReasonKeyLimit, ReasonMalformed, ReasonUnexpected, ReasonFlood, ReasonSlowRecord:
		return msgdef.EndProtocol
	case ReasonReplaced:
		return msgdef.EndReplaced
	case ReasonOtherDevice:
		return msgdef.EndOtherDevice
	case ReasonBanned:
		return msgdef.EndBanned
	case ReasonRevoked:
		return msgdef.EndRevoked
	case ReasonKicked:
		return msgdef.EndKicked
	case ReasonIsolated:
		return msgdef.EndIsolated
	case ReasonShutdown:
		return msgdef.EndShutdown
	}
	return msgdef.EndFault
}

// HandleGetSignIns implements msgdef.UpHandler.
func (t *turn) HandleGetSignIns(m *msgdef.GetSignIns) error {
	question, c := *m, t.conn // both outlive the turn
	question.Gate = strings.Clone(m.Gate)
	return t.pull(msgdef.TypeGetSignIns, m.Req, func(to pager) error { return c.getSignIns(to, &question) })
}

func (c *conn) getSignIns(to pager, m *msgdef.GetSignIns) error {
	ctx, cancel := c.gate.call(c.gate.times.Call)
	defer cancel()
	found, err := c.gate.options.Route.SignIns(ctx, &rpc.SignInsQuery{UID: c.uid, Before: m.Before, Conn: m.Conn, Gate: m.Gate, Limit: m.Limit})
	if err != nil {
		return c.gate.failed(msgdef.TypeGetSignIns, m.Req, err)
	}
	return sendList(c, to, msgdef.TypeGetSignIns, m.Req, found.List, func(list []msgdef.SignIn, last bool) sized {
		return &msgdef.SignIns{Req: m.Req, Last: last, More: found.More, List: list}
	})
}
