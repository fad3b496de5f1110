package contracttest

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// relations has bob asked by two, and lists them one by one. What is asked with and
// what comes back is spoilt each time.
func relations(t *testing.T, s serviceTest) {
	to, carol := newSink(), s.login(t, "carol")
	ask := msgdef.FriendChange{Act: msgdef.FriendAsk, Greeting: "hello"}
	items := []rpc.Send{s.from(1, 1), s.from(2, 1), s.from(1, 2)}
	for i, by := range []uint64{s.alice, carol, s.bob} {
		it := &items[i]
		it.UID, it.Conv, it.Kind, it.Body = by, msgdef.Pair(by, s.bob), msgdef.ContentFriend, ask.Append(nil)
	}
	block := msgdef.Block{UID: s.alice}
	items[2].Conv, items[2].Kind, items[2].Body = msgdef.Stream(s.bob), msgdef.ContentBlock, block.Append(nil)
	loopback.Poison(s.send(t, to, items...))
	for i, r := range to.await(t, len(items)) {
		if r.Code != msgdef.CodeOK {
			t.Fatalf("item %d: %+v", i, r)
		}
	}
	for range 2 {
		for after, want := uint64(0), []uint64{s.alice, carol}; len(want) > 0; want = want[1:] {
			query := &rpc.RelationsQuery{UID: s.bob, After: after, Limit: 1}
			page := must[rpc.RelationsReply](t)(s.Relations(within(t), query))
			loopback.Poison(query)
			if len(page.List) != 1 || page.List[0].UID != want[0] || page.Next != want[0] || page.List[0].Blocked != 0 != (want[0] == s.alice) {
				t.Fatalf("relations after %d: %+v", after, page)
			}
			after = page.Next
			loopback.Poison(page)
		}
	}
	end := must[rpc.RelationsReply](t)(s.Relations(within(t), &rpc.RelationsQuery{UID: s.bob, After: carol}))
	if len(end.List) != 0 || end.Next != 0 {
		t.Errorf("after the last: %+v", end)
	}
	quiet := must[rpc.TypingReply](t)(s.Typing(within(t), &rpc.Typings{Items: []rpc.Typing{
		{UID: carol, Conv: msgdef.Pair(carol, s.bob)}, {UID: s.alice, Conv: s.pair()},
	}}))
	if len(quiet.Quiet) != 1 || quiet.Quiet[0] != 1 {
		t.Errorf("of who types nobody hears of %v", quiet.Quiet)
	}
	_, err := s.Relations(cancelled(), &rpc.RelationsQuery{UID: s.bob})
	refused(t, "Relations with a context that has ended", err, msgdef.CodeTimeout)
}

// profiles shows alice to bob, by id and by name, and what is asked with and what
// comes back is spoilt each time.
func profiles(t *testing.T, s serviceTest) {
	to, it := newSink(), s.from(1, 1)
	show := msgdef.Profile{Name: "Ann Other", About: "here"}
	it.Conv, it.Kind, it.Body = msgdef.Stream(s.alice), msgdef.ContentProfile, show.Append(nil)
	loopback.Poison(s.send(t, to, it))
	if r := to.await(t, 1)[0]; r.Code != msgdef.CodeOK {
		t.Fatalf("%+v", r)
	}
	for range 2 {
		query := &rpc.ProfilesQuery{UID: s.bob, UIDs: []uint64{s.alice, 1 << 40, s.bob}, Known: []uint64{0, 5, 5}}
		page := must[rpc.ProfilesReply](t)(s.Profiles(within(t), query))
		loopback.Poison(query)
		if len(page.List) != 2 || page.List[0].Profile != show || page.List[0].Account != "alice" || page.List[1].Account != "bob" {
			t.Errorf("profiles: %+v", page)
		}
		loopback.Poison(page)
		search := &rpc.PeopleSearch{UID: s.bob, Prefix: "ANN O", Limit: 1}
		found := must[rpc.ProfilesReply](t)(s.FindPeople(within(t), search))
		loopback.Poison(search)
		if len(found.List) != 1 || found.List[0].UID != s.alice || found.List[0].Profile != show {
			t.Errorf("found: %+v", found)
		}
		loopback.Poison(found)
	}
	_, err := s.Profiles(within(t), &rpc.ProfilesQuery{UIDs: make([]uint64, 101)})
	refused(t, "too many profiles", err, msgdef.CodeBadArgument)
	_, err = s.FindPeople(within(t), &rpc.PeopleSearch{UID: s.bob, Prefix: "a"})
	refused(t, "a short beginning", err, msgdef.CodeBadArgument)
	_, err = s.Profiles(cancelled(), &rpc.ProfilesQuery{UID: s.bob})
	refused(t, "Profiles with a context that has ended", err, msgdef.CodeTimeout)
	_, err = s.FindPeople(cancelled(), &rpc.PeopleSearch{UID: s.bob, Prefix: "alice"})
	refused(t, "FindPeople with a context that has ended", err, msgdef.CodeTimeout)
}
