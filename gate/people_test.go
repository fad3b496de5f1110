package gate_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// farPeople is the part of a far end that knows who is what to whom: as many as are
// asked for, each as large as it may be.
type farPeople struct{}

func (farPeople) Relations(_ context.Context, q *rpc.RelationsQuery) (*rpc.RelationsReply, error) {
	if q.Limit == 0 {
		return nil, &rpc.Error{Code: msgdef.CodeForbidden, Detail: "no"}
	}
	reply := &rpc.RelationsReply{Next: q.After + uint64(q.Limit)}
	for i := range uint64(q.Limit) {
		reply.List = append(reply.List, msgdef.Relation{UID: q.After + i + 1, CSeq: q.UID, Greeting: strings.Repeat("ä", 400)})
	}
	return reply, nil
}

func (farPeople) Profiles(_ context.Context, q *rpc.ProfilesQuery) (*rpc.ProfilesReply, error) {
	reply := new(rpc.ProfilesReply)
	for i, uid := range q.UIDs {
		p := msgdef.UserProfile{UID: uid, Account: "a", Version: q.UID, Profile: msgdef.Profile{About: strings.Repeat("ä", 560)}}
		if i < len(q.Known) {
			p.Changed = int64(q.Known[i])
		}
		reply.List = append(reply.List, p)
	}
	return reply, nil
}

func (farPeople) FindPeople(_ context.Context, q *rpc.PeopleSearch) (*rpc.ProfilesReply, error) {
	if q.Limit == 0 {
		return nil, &rpc.Error{Code: msgdef.CodeBusy, Detail: "no", Retry: 5}
	}
	return &rpc.ProfilesReply{List: []msgdef.UserProfile{{UID: q.UID, Account: q.Prefix}}}, nil
}

// TestProfileAnswers asks for more than fits a frame, and looks for people.
func TestProfileAnswers(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := newWorld(t).login("alice", 1)
		question, next := &msgdef.GetProfiles{Req: 1, Known: []uint64{7}}, uint64(0)
		for uid := range uint64(100) {
			question.UIDs = append(question.UIDs, uid+1)
		}
		c.send(question)
		for last := false; !last; {
			var r msgdef.Profiles
			c.expect(&r)
			for _, p := range r.List {
				if next++; p.UID != next || p.Version != c.welcome.UID || len(p.Profile.About) != 1120 || (p.Changed == 7) != (next == 1) {
					t.Fatalf("%+v in the place of %d", p, next)
				}
			}
			last = r.Last
		}
		if next != 100 {
			t.Errorf("%d profiles", next)
		}
		c.send(&msgdef.FindPeople{Req: 2, Prefix: "al", Limit: 1})
		var found msgdef.FoundPeople
		c.expect(&found)
		if len(found.List) != 1 || found.List[0].Account != "al" || found.List[0].UID != c.welcome.UID || !found.Last || found.Req != 2 {
			t.Errorf("found %+v", found)
		}
		c.send(&msgdef.FindPeople{Req: 3, Prefix: "al"})
		if m := c.expectError(msgdef.TypeFindPeople, msgdef.CodeBusy); m.Req != 3 {
			t.Errorf("%+v", m)
		}
	})
}

// TestRelationAnswers asks for more than fits a frame, and puts the answer together.
func TestRelationAnswers(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := newWorld(t).login("alice", 1)
		c.send(&msgdef.GetRelations{Req: 1, After: 6, Limit: 500})
		next, frames := uint64(6), 0
		for last := false; !last; frames++ {
			var r msgdef.Relations
			c.expect(&r)
			for _, one := range r.List {
				if next++; one.UID != next || one.CSeq != c.welcome.UID || len(one.Greeting) != 800 {
					t.Fatalf("%+v in the place of %d", one, next)
				}
			}
			if last = r.Last; r.Req != 1 || r.Next != 506 {
				t.Fatalf("%+v", r)
			}
		}
		if next != 506 || frames < 2 {
			t.Errorf("up to %d in %d frames", next, frames)
		}
		c.send(&msgdef.GetRelations{Req: 2})
		if m := c.expectError(msgdef.TypeGetRelations, msgdef.CodeForbidden); m.Req != 2 {
			t.Errorf("%+v", m)
		}
	})
}
