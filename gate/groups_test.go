package gate_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farGroups is the part of a far end that tells of groups: as many as are asked
// for, each as large as they may be.
type farGroups struct{}

func (farGroups) Groups(_ context.Context, q *rpc.GroupsQuery) (*rpc.GroupsReply, error) {
	reply := new(rpc.GroupsReply)
	for i, conv := range q.Convs {
		reply.List = append(reply.List, msgdef.Group{
			Conv: conv, Owner: q.UID, Members: uint32(i),
			Info: msgdef.GroupInfo{Name: strings.Repeat("n", 128), Announcement: strings.Repeat("a", 2048)},
		})
	}
	return reply, nil
}

func (f farGroups) FindGroups(ctx context.Context, s *rpc.GroupSearch) (*rpc.GroupsReply, error) {
	reply, err := f.Groups(ctx, &rpc.GroupsQuery{UID: s.UID, Convs: make([][16]byte, s.Limit)})
	reply.Next = s.Prefix + " " + s.After
	return reply, err
}

// farMembers is how many members a group has for who asks no more than that.
const farMembers = 1200

func (farGroups) Members(_ context.Context, q *rpc.MembersQuery) (*rpc.MembersReply, error) {
	if q.Conv == (msgdef.Conversation{}) {
		return nil, &rpc.Error{Code: msgdef.CodeForbidden, Detail: "no"}
	}
	reply := &rpc.MembersReply{More: true}
	if q.Bare {
		for uid := q.After + 1; uid <= q.After+uint64(q.Limit) && uid <= farMembers; uid++ {
			reply.UIDs = append(reply.UIDs, uid)
		}
		reply.More = q.After+uint64(q.Limit) < farMembers
		return reply, nil
	}
	for i := range uint64(q.Limit) {
		reply.List = append(reply.List, msgdef.GroupMember{UID: q.After + i + 1, Since: q.UID})
	}
	return reply, nil
}

func (farGroups) Talks(_ context.Context, q *rpc.TalksQuery) (*rpc.TalksReply, error) {
	reply := &rpc.TalksReply{More: true, Head: q.UID}
	for i := range q.Limit {
		m := msgdef.Message{CSeq: uint64(i), Body: make([]byte, msgdef.MaxBody)}
		state := msgdef.TalkState{Draft: msgdef.TalkDraft{Text: strings.Repeat("\x01", 2048)}} // six times as long in JSON
		reply.List = append(reply.List, msgdef.Talk{Conv: q.After, Unread: uint64(i), Newest: m.Append(nil), State: state.Append(nil)})
	}
	return reply, nil
}

// TestMembersInJSON asks for more members than fit a frame in JSON.
func TestMembersInJSON(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := newWorld(t).loginInJSON("alice", 1)
		question := msgdef.GetMembers{Req: 3, Conv: msgdef.GroupConv(5), Limit: 500}
		c.sendText(question.Type(), string(question.AppendJSON(nil)))
		frames, n := 0, 0
		for last := false; !last; frames++ {
			var m msgdef.Members
			c.expectText(&m)
			n, last = n+len(m.List), m.Last
		}
		if n != 500 || frames < 2 {
			t.Errorf("%d members in %d frames", n, frames)
		}
	})
}

// TestTalksInJSON asks for conversations of which not even one fits a frame in JSON:
// they come without their newest messages.
func TestTalksInJSON(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := newWorld(t).loginInJSON("alice", 1)
		question := msgdef.GetConversations{Req: 3, Limit: 3}
		c.sendText(question.Type(), string(question.AppendJSON(nil)))
		n := 0
		for last := false; !last; {
			var m msgdef.Conversations
			c.expectText(&m)
			for i := range m.List {
				if len(m.List[i].Newest) != 0 || len(m.List[i].State) < 2048 {
					t.Errorf("conversation %d: %d bytes of a message, %d of a state", i, len(m.List[i].Newest), len(m.List[i].State))
				}
			}
			n, last = n+len(m.List), m.Last
		}
		if n != 3 {
			t.Errorf("%d conversations", n)
		}
	})
}

// TestGroupAnswers asks for more than fits a frame, and puts the answers
// together.
func TestGroupAnswers(t *testing.T) {
	virtual(t, func(t *testing.T) { askForGroups(t, newWorld(t).login("alice", 1)) })
}

func askForGroups(t *testing.T, c *client) {
	uid := c.welcome.UID
	n := 0
	c.send(&msgdef.GetGroups{Req: 1, Convs: make([][16]byte, 50)})
	for last := false; !last; {
		var g msgdef.Groups
		c.expect(&g)
		for i := range g.List {
			if g.Req != 1 || g.List[i].Members != uint32(n) || g.List[i].Owner != uid || len(g.List[i].Info.Announcement) != 2048 {
				t.Fatalf("group %d is %+v", n, g.List[i])
			}
			n++
		}
		last = g.Last
	}
	if n != 50 {
		t.Errorf("%d groups", n)
	}

	c.send(&msgdef.FindGroups{Req: 2, Prefix: "p", After: "a", Limit: 1})
	var found msgdef.Groups
	if c.expect(&found); found.Req != 2 || len(found.List) != 1 || !found.Last || found.Next != "p a" {
		t.Errorf("found %+v", found)
	}

	n = 0
	c.send(&msgdef.GetMembers{Req: 3, Conv: msgdef.GroupConv(5), After: 10, Limit: 500})
	for last := false; !last; {
		var m msgdef.Members
		c.expect(&m)
		for i := range m.List {
			if n++; m.Req != 3 || m.List[i].UID != uint64(10+n) || !m.More || m.Conv != msgdef.GroupConv(5) {
				t.Fatalf("member %d is %+v", n, m.List[i])
			}
		}
		last = m.Last
	}
	if n != 500 {
		t.Errorf("%d members", n)
	}
	c.send(&msgdef.GetMembers{Req: 4})
	if m := c.expectError(msgdef.TypeGetMembers, msgdef.CodeForbidden); m.Req != 4 {
		t.Errorf("%+v", m)
	}

	n = 0
	c.send(&msgdef.GetConversations{Req: 5, After: msgdef.GroupConv(6), Limit: 9})
	for last := false; !last; {
		var m msgdef.Conversations
		c.expect(&m)
		for i := range m.List {
			if m.Req != 5 || m.List[i].Unread != uint64(n) || m.Head != uid || m.List[i].Conv != msgdef.GroupConv(6) || len(m.List[i].Newest) < msgdef.MaxBody {
				t.Fatalf("conversation %d is not what it was", n)
			}
			n++
		}
		last = m.Last
	}
	if n != 9 {
		t.Errorf("%d conversations", n)
	}
}
