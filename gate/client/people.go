package client

import (
	"context"
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// Most ids or names of one request, see msgdef and edge.most.
const (
	maxLookup   = 100
	maxPresence = 500
)

// Lookup returns the uid of each name that has an account; others are absent.
// Answers are remembered for a while. Errors are those of History.
func (c *Client) Lookup(ctx context.Context, names ...string) (map[string]uint64, error) {
	found := make(map[string]uint64, len(names))
	missing := c.knownNames(names, found)
	for part := range slices.Chunk(missing, c.edge.most(maxLookup)) {
		users, err := c.lookup(ctx, &msgdef.Lookup{Names: part})
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			found[u.Name] = u.UID
		}
	}
	return found, nil
}

// Names returns the name of each user who exists; others are absent. Answers
// are remembered for a while. Errors are those of History.
func (c *Client) Names(ctx context.Context, uids ...uint64) (map[uint64]string, error) {
	found := make(map[uint64]string, len(uids))
	missing := c.knownUIDs(uids, found)
	for part := range slices.Chunk(missing, c.edge.most(maxLookup)) {
		users, err := c.lookup(ctx, &msgdef.Lookup{UIDs: part})
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			found[u.UID] = u.Name
		}
	}
	return found, nil
}

// lookup makes one request and remembers the answer.
func (c *Client) lookup(ctx context.Context, question *msgdef.Lookup) ([]msgdef.User, error) {
	if err := checkArgument(question.Validate()); err != nil {
		return nil, err
	}
	var users []msgdef.User
	err := c.call(ctx, &call{
		ask: func(req uint64) frame.Message {
			asked := *question
			asked.Req = req
			return &asked
		},
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.Users)
			if !ok {
				return false, protocolError("%T in answer to Lookup", answer)
			}
			users = cloneUsers(m.Users)
			return true, nil
		},
	})
	if err == nil {
		c.learn(users)
	}
	return users, err
}

// HandleUsers implements msgdef.DownHandler.
func (s *session) HandleUsers(u *msgdef.Users) error { return s.answer(u.Req, u) }

// Presence is who is online.
type Presence struct {
	Total int             // users online, which may be more than are listed
	Users []msgdef.Online // those asked for who are
}

// Online tells who of uids is online; without uids, everyone, which a server
// may refuse. Errors are those of History.
func (c *Client) Online(ctx context.Context, uids ...uint64) (Presence, error) {
	if len(uids) == 0 {
		return c.presence(ctx, nil)
	}
	var all Presence
	for part := range slices.Chunk(uids, c.edge.most(maxPresence)) {
		p, err := c.presence(ctx, part)
		if err != nil {
			return Presence{}, err
		}
		all.Total = p.Total
		all.Users = append(all.Users, p.Users...)
	}
	return all, nil
}

func (c *Client) presence(ctx context.Context, uids []uint64) (found Presence, err error) {
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message { return &msgdef.GetPresence{Req: req, UIDs: uids} },
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.Presence)
			if !ok {
				return false, protocolError("%T in answer to GetPresence", answer)
			}
			found = Presence{Total: int(m.Total), Users: slices.Clone(m.Users)}
			return true, nil
		},
	})
	return found, err
}

// GroupPresence is how many members of a group are online.
type GroupPresence struct {
	Members int       // of the group
	Online  int       // of those, as far as the user may know
	At      time.Time // when they were counted
}

// OnlineMembers tells how many members of a group of the user are online. The server
// counts a group anew after some 10 s, of one with a hundred thousand members after a
// minute maybe; who asks again and again gets CodeBusy. Errors are those of History.
func (c *Client) OnlineMembers(ctx context.Context, group msgdef.Conversation) (found GroupPresence, err error) {
	counted := false
	err = c.call(ctx, &call{
		ask: func(req uint64) frame.Message { return &msgdef.GetPresence{Req: req, Via: group} },
		take: func(answer any) (bool, error) {
			m, ok := answer.(*msgdef.Presence)
			if !ok {
				return false, protocolError("%T in answer to GetPresence", answer)
			}
			counted = m.At != 0
			found = GroupPresence{Members: int(m.Members), Online: int(m.Total), At: time.UnixMilli(m.At)}
			return true, nil
		},
	})
	if err == nil && !counted {
		return GroupPresence{}, &Error{Code: msgdef.CodeUnavailable, Detail: "the server does not count the members of groups yet"}
	}
	return found, err
}

// HandlePresence implements msgdef.DownHandler.
func (s *session) HandlePresence(p *msgdef.Presence) error { return s.answer(p.Req, p) }
