package gate

import (
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// A count may cost as much as a group is big, and shows nothing new for some seconds,
// see route: so a user asks for few.
const (
	countPause = 5 * time.Second // between counts that a user asks for in the long run
	countBurst = 10              // of those at once
	countsOwn  = 16              // counts of a connection that are under way or wait
	countsAll  = 4096            // of all
)

// countRate bounds the counts that a user asks for, on all devices at this gate.
func countRate() rate { return rate{perSecond: 1 / countPause.Seconds(), burst: countBurst} }

// countings are the counts of members online that clients wait for.
//
//	reader ──add──▶ waiting, of its connection ──run──▶ Route.Presence ──▶ Presence or Error
//
// Those of a connection are answered one after the other, in the order in which they
// were asked for, by a goroutine that lives while there are any: the reader waits for
// none, so messages and other requests go on meanwhile.
type countings struct {
	gate *Server
	runs sync.WaitGroup // run; grows in readers only

	mu      sync.Mutex
	waiting map[*conn][]counting // the first of each is under way
	all     int
}

// counting is what a client asks for.
type counting struct {
	req uint64
	via msgdef.Conversation
}

func (n *countings) open(s *Server) {
	n.gate = s
	n.waiting = make(map[*conn][]counting)
}

// countPresent has the members of a group counted who are online.
func (t *turn) countPresent(m *msgdef.GetPresence) error {
	refuse := func(why Uncounted, r *refusal) error {
		t.gate.counts.uncounted[why].Add(1)
		return r
	}
	busy := &refusal{of: msgdef.TypeGetPresence, req: m.Req, code: msgdef.CodeBusy, retry: countPause}
	switch {
	case len(m.UIDs) > 0:
		return refuse(CountMalformed, t.gate.failed(msgdef.TypeGetPresence, m.Req, rpc.Errorf(msgdef.CodeBadArgument, "a group, and users")))
	case !t.exempt && t.gate.presences.counts.take(t.uid, 1, countRate(), t.gate.clock()) == 0:
		return refuse(CountRate, busy)
	case !t.gate.countings.add(t.conn, counting{m.Req, m.Via}):
		return refuse(CountWaiting, busy)
	}
	return nil
}

// add queues a count. It returns false when too many wait. Only the reader of c calls
// it.
func (n *countings) add(c *conn, ask counting) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	own := n.waiting[c]
	if len(own) >= countsOwn || n.all >= countsAll {
		return false
	}
	n.waiting[c] = append(own, ask)
	n.all++
	if len(own) == 0 {
		n.runs.Go(func() { n.run(c, ask) })
	}
	return true
}

// run answers what a connection has asked for, until nothing waits.
func (n *countings) run(c *conn, ask counting) {
	for more := true; more; ask, more = n.next(c) {
		if c.ending() {
			n.gate.counts.uncounted[CountGone].Add(1)
			continue
		}
		if err := n.answer(c, ask); err != nil {
			r := n.gate.failed(msgdef.TypeGetPresence, ask.req, err)
			n.gate.counts.uncounted[uncountedFor(r.code)].Add(1)
			c.refuse(r)
			continue
		}
		n.gate.counts.counted.Add(1)
	}
}

// next takes out the count that was under way, and returns the one after it.
func (n *countings) next(c *conn) (counting, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all--
	own := n.waiting[c][1:]
	if len(own) == 0 {
		delete(n.waiting, c)
		return counting{}, false
	}
	n.waiting[c] = own
	return own[0], true
}

// answer tells a client how many members of a group are online.
func (n *countings) answer(c *conn, ask counting) error {
	ctx, cancel := n.gate.call(n.gate.times.Call)
	defer cancel()
	counted, err := n.gate.options.Route.Presence(ctx, &rpc.PresenceRequest{Via: ask.via, Asker: c.uid})
	if err == nil && counted.At == 0 {
		err = rpc.Errorf(msgdef.CodeUnavailable, "the route does not count groups yet")
	}
	if err == nil {
		c.reply(&msgdef.Presence{Req: ask.req, Total: counted.Total, Members: counted.Members, At: counted.At})
	}
	return err
}
