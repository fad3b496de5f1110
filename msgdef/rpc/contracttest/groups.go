package contracttest

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// Most items of a call about groups, see rpc.
const maxGroups = 100

// found has alice found a listed group that bob is in.
func (s serviceTest) found(t testing.TB) msgdef.Conversation {
	t.Helper()
	conv := msgdef.GroupConv(77)
	change := msgdef.GroupChange{Act: msgdef.GroupFound, Info: msgdef.GroupInfo{Name: "Contract", Listed: true}, UIDs: []uint64{s.bob}}
	item := s.from(1, 1)
	item.Conv, item.Kind, item.Body = conv, msgdef.ContentGroup, change.Append(nil)
	to := newSink()
	loopback.Poison(s.send(t, to, item))
	if r := to.await(t, 1)[0]; r.Code != msgdef.CodeOK {
		t.Fatalf("founding a group: %+v", r)
	}
	return conv
}

// groups asks about a group as a member, as a stranger, and for too much. What is
// asked with and what comes back is spoilt each time.
func groups(t *testing.T, s serviceTest) {
	conv := s.found(t)
	stranger := s.login(t, "carol")
	for range 2 {
		query := &rpc.GroupsQuery{UID: s.bob, Convs: [][16]byte{conv, msgdef.GroupConv(78), s.pair()}}
		byName := must[rpc.GroupsReply](t)(s.Groups(within(t), query))
		loopback.Poison(query)
		if len(byName.List) != 1 || byName.List[0].Info.Name != "Contract" || byName.List[0].Role != msgdef.RoleMember || byName.List[0].Members != 2 {
			t.Errorf("by name: %+v", byName)
		}
		loopback.Poison(byName)

		search := &rpc.GroupSearch{UID: stranger, Prefix: "cont"}
		found := must[rpc.GroupsReply](t)(s.FindGroups(within(t), search))
		loopback.Poison(search)
		if len(found.List) != 1 || found.List[0].Conv != conv || found.List[0].Role != msgdef.RoleNone || found.Next != "" {
			t.Errorf("found: %+v", found)
		}
		loopback.Poison(found)

		members := must[rpc.MembersReply](t)(s.Members(within(t), &rpc.MembersQuery{UID: s.alice, Conv: conv, Limit: 1}))
		if len(members.List) != 1 || members.List[0].UID != s.alice || members.List[0].Role != msgdef.RoleOwner || !members.More {
			t.Errorf("members: %+v", members)
		}
		loopback.Poison(members)

		talks := must[rpc.TalksReply](t)(s.Talks(within(t), &rpc.TalksQuery{UID: s.bob}))
		if len(talks.List) != 1 || talks.List[0].Conv != conv || talks.List[0].Head != 1 || talks.Head != 1 || len(talks.List[0].Newest) == 0 {
			t.Errorf("conversations: %+v", talks)
		}
		loopback.Poison(talks)
	}
	s.groupsRefused(t, conv, stranger)
}

// groupsRefused asks for what nobody gets.
func (s serviceTest) groupsRefused(t *testing.T, conv msgdef.Conversation, stranger uint64) {
	_, err := s.Members(within(t), &rpc.MembersQuery{UID: stranger, Conv: conv})
	refused(t, "members, for a stranger", err, msgdef.CodeForbidden)
	_, err = s.Members(within(t), &rpc.MembersQuery{UID: s.alice, Conv: msgdef.GroupConv(78)})
	refused(t, "members of no group", err, msgdef.CodeUnknownConversation)
	_, err = s.FindGroups(within(t), &rpc.GroupSearch{UID: s.alice})
	refused(t, "a search for nothing", err, msgdef.CodeBadArgument)
	_, err = s.Groups(within(t), &rpc.GroupsQuery{UID: s.alice, Convs: make([][16]byte, maxGroups+1)})
	refused(t, "too many groups", err, msgdef.CodeBadArgument)
	_, err = s.Groups(cancelled(), &rpc.GroupsQuery{UID: s.alice})
	refused(t, "Groups with a context that has ended", err, msgdef.CodeTimeout)
	_, err = s.FindGroups(cancelled(), &rpc.GroupSearch{UID: s.alice, Prefix: "c"})
	refused(t, "FindGroups with a context that has ended", err, msgdef.CodeTimeout)
	_, err = s.Members(cancelled(), &rpc.MembersQuery{UID: s.alice, Conv: conv})
	refused(t, "Members with a context that has ended", err, msgdef.CodeTimeout)
	_, err = s.Talks(cancelled(), &rpc.TalksQuery{UID: s.alice})
	refused(t, "Talks with a context that has ended", err, msgdef.CodeTimeout)
}
