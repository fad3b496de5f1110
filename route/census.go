package route

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// A count of a group goes through all its members, so it is not made for each who asks:
//
//	Presence{Via, Asker} ──▶ may they know? ──▶ a count that is new enough ──▶ Total, Members, At
//	                           service            │ else one is made, once for all who wait
//	                                              ▼
//	                         Members, page by page ──▶ table, registry ──▶ who is online
//
// One is made at a time, and holds for censusAge, or for censusShare times what it took
// if that is more: so counting a group costs a twentieth of a core at most. Of up to
// censusExact members who are online those are counted of whom the asker may know,
// which the service is asked each time; of more all who show themselves, so that of
// blocks nothing is seen in it.
const (
	censusAge   = 10 * time.Second
	censusShare = 20
	censusExact = maxPresence
	censusPage  = 16384 // members in one answer of the service
	censusTime  = time.Minute
	censusMost  = 256 // groups whose count is kept
)

// census is the counts of groups.
type census struct {
	turn   chan struct{} // full while one is made
	mu     sync.Mutex
	groups map[msgdef.Conversation]*count
	closed bool

	refused map[msgdef.ErrorCode]uint64 // answers, by code
}

// count is how many members of a group are online.
type count struct {
	by      uint64        // who asked
	done    chan struct{} // closed when what follows is known, and stays as it is
	err     error
	members uint32
	online  []uint64 // who they are, if not more than censusExact
	shown   uint32   // who show themselves, if more
	at      time.Time
	until   time.Duration // Server.clock
}

func (c *census) open() {
	c.turn = make(chan struct{}, 1)
	c.groups = make(map[msgdef.Conversation]*count)
	c.refused = make(map[msgdef.ErrorCode]uint64)
}

func (c *census) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// refuse counts an answer that was an error.
func (c *census) refuse(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused[rpc.CodeOf(err)]++
}

// refusals returns how many answers were errors, by code.
func (c *census) refusals() map[msgdef.ErrorCode]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.refused)
}

// presenceVia answers for the members of a group, and counts it.
func (s *Server) presenceVia(ctx context.Context, req *rpc.PresenceRequest) (*rpc.PresenceReply, error) {
	reply, err := s.countFor(ctx, req)
	if err != nil {
		s.census.refuse(err)
		return nil, err
	}
	s.counts.censusAnswers.Add(1)
	return reply, nil
}

// countFor tells who may know how many members of a group are online.
func (s *Server) countFor(ctx context.Context, req *rpc.PresenceRequest) (*rpc.PresenceReply, error) {
	if len(req.UIDs) > 0 {
		return nil, rpc.Errorf(msgdef.CodeBadArgument, "%d users, and a group", len(req.UIDs))
	}
	member := &rpc.MembersQuery{UID: req.Asker, Conv: req.Via, Limit: 1, Bare: true}
	if _, err := s.Service.Members(ctx, member); err != nil {
		return nil, err
	}
	n, err := s.counted(ctx, req)
	if err != nil {
		return nil, err
	}
	reply := &rpc.PresenceReply{Members: n.members, At: n.at.UnixMilli(), Total: n.shown}
	if len(n.online) > 0 {
		_, reply.Total, err = s.showing(ctx, req, n.online)
	}
	return reply, err
}

// counted returns a count that is new enough, and waits for it.
func (s *Server) counted(ctx context.Context, req *rpc.PresenceRequest) (*count, error) {
	for {
		n, err := s.census.of(s, req)
		if err != nil {
			return nil, err
		}
		select {
		case <-n.done:
		case <-ctx.Done():
			return nil, rpc.Errorf(msgdef.CodeTimeout, "the group is being counted")
		}
		if n.err == nil || n.by == req.Asker {
			return n, n.err
		}
	}
}

// of returns the count of a group that holds now, or one that is being made.
func (c *census) of(s *Server, req *rpc.PresenceRequest) (*count, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := s.clock()
	if n := c.groups[req.Via]; n != nil && !n.over(now) {
		return n, nil
	}
	if c.closed {
		return nil, rpc.Errorf(msgdef.CodeShuttingDown, "the route ends")
	}
	for via, n := range c.groups {
		if len(c.groups) < censusMost {
			break
		}
		if n.known() {
			delete(c.groups, via)
		}
	}
	if len(c.groups) >= censusMost {
		return nil, rpc.Errorf(msgdef.CodeBusy, "%d groups wait to be counted", len(c.groups))
	}
	n := &count{by: req.Asker, done: make(chan struct{})}
	c.groups[req.Via] = n
	via := req.Via
	s.work.Go(func() { s.countGroup(via, n) })
	return n, nil
}

// known tells whether the count was made, or could not be.
func (n *count) known() bool {
	select {
	case <-n.done:
		return true
	default:
		return false
	}
}

// over tells whether another one is to be made.
func (n *count) over(now time.Duration) bool { return n.known() && (n.err != nil || now >= n.until) }

// countGroup makes a count, when it is its turn.
func (s *Server) countGroup(via msgdef.Conversation, n *count) {
	ctx, cancel := context.WithTimeout(s.ending, censusTime)
	defer cancel()
	defer close(n.done)
	select {
	case s.census.turn <- struct{}{}:
	case <-ctx.Done():
		n.err = rpc.Errorf(msgdef.CodeBusy, "other groups are being counted")
		return
	}
	defer func() { <-s.census.turn }()
	s.counts.censuses.Add(1)
	n.at = s.options.Now()
	began := s.clock()
	online, err := s.membersOnline(ctx, &rpc.PresenceRequest{Via: via, Asker: n.by}, n)
	if err == nil && len(online) > censusExact {
		n.shown, _, err = s.showing(ctx, &rpc.PresenceRequest{Via: via}, online) // to nobody in particular
		online = nil
	}
	n.online, n.err = online, err
	now := s.clock()
	n.until = now + max(censusAge, censusShare*(now-began))
}

// membersOnline counts the members of a group, and returns who of them is online.
func (s *Server) membersOnline(ctx context.Context, req *rpc.PresenceRequest, n *count) (online []uint64, err error) {
	query := &rpc.MembersQuery{UID: req.Asker, Conv: req.Via, Limit: censusPage, Bare: true}
	for {
		page, err := s.Service.Members(ctx, query)
		if err != nil {
			return nil, err
		}
		for part := range slices.Chunk(page.UIDs, maxPresence) {
			found, err := s.presenceOf(ctx, part, maxPresence)
			if err != nil {
				return nil, err
			}
			for i := range found.Users {
				online = append(online, found.Users[i].UID)
			}
		}
		n.members += uint32(len(page.UIDs))
		if !page.More || len(page.UIDs) == 0 {
			return online, nil
		}
		query.After = page.UIDs[len(page.UIDs)-1]
	}
}

// showing tells how many of those who are online show themselves, and of how many of
// these the asker may know.
func (s *Server) showing(ctx context.Context, req *rpc.PresenceRequest, online []uint64) (all, known uint32, err error) {
	for part := range slices.Chunk(online, maxWhereabouts) {
		query := &rpc.WhereaboutsQuery{Items: make([]rpc.Whereabout, len(part))}
		for i, uid := range part {
			query.Items[i] = rpc.Whereabout{Asker: req.Asker, UID: uid, Via: req.Via}
		}
		reply, err := s.Service.Whereabouts(ctx, query)
		if err != nil {
			return 0, 0, err
		}
		if len(reply.Items) != len(part) || len(reply.Invisible) != len(part) {
			return 0, 0, rpc.Errorf(msgdef.CodeUnavailable, "%d answers about %d users", len(reply.Items), len(part))
		}
		for i := range part {
			if reply.Invisible[i] {
				continue
			}
			all++
			if reply.Items[i].Code == msgdef.CodeOK {
				known++
			}
		}
	}
	return all, known, nil
}
