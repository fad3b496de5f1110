package contracttest

import (
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// logins checks that proofs are told apart by code, and that nothing of a
// request or reply is shared with the service.
func logins(t *testing.T, s serviceTest) {
	request := loginOf("carol", "battery staple")
	first := must[rpc.LoginReply](t)(s.Login(within(t), request))
	loopback.Poison(request)
	if first.Account != "carol" || first.UID == 0 || len(first.Token) == 0 {
		t.Errorf("login: %+v", first)
	}
	loopback.Poison(first)

	again := must[rpc.LoginReply](t)(s.Login(within(t), loginOf("carol", "battery staple")))
	token := slices.Clone(again.Token) // the device's only one now
	byToken := &rpc.LoginRequest{Method: msgdef.AuthToken, Secret: token, Device: testDevice}
	if got := must[rpc.LoginReply](t)(s.Login(within(t), byToken)); got.UID != again.UID || got.Account != "carol" {
		t.Errorf("by token: %d %q, by password: %d", got.UID, got.Account, again.UID)
	}

	token[0] ^= 1
	for what, refusedLogin := range map[string]*rpc.LoginRequest{
		"wrong password": loginOf("carol", "wrong"),
		"wrong token":    {Method: msgdef.AuthToken, Secret: token, Device: testDevice},
	} {
		_, err := s.Login(within(t), refusedLogin)
		refused(t, what, err, msgdef.CodeBadCredentials)
	}
	nameless := loginOf("carol", "battery staple")
	nameless.Device = 0
	_, err := s.Login(within(t), nameless)
	refused(t, "device 0", err, msgdef.CodeBadDevice)
	_, err = s.Login(within(t), loginOf("", "x"))
	refused(t, "no account", err, msgdef.CodeBadAccount)
}

// lookups checks that those who exist are found and others left out.
func lookups(t *testing.T, s serviceTest) {
	const nobody = 1 << 60
	request := &rpc.LookupRequest{Names: []string{"alice", "nobody"}, UIDs: []uint64{s.bob, nobody}}
	for range 2 {
		reply := must[rpc.LookupReply](t)(s.Lookup(within(t), request))
		names := make(map[uint64]string)
		for _, u := range reply.Users {
			names[u.UID] = u.Name
		}
		if len(reply.Users) != 2 || names[s.alice] != "alice" || names[s.bob] != "bob" {
			t.Errorf("found %v", reply.Users)
		}
		loopback.Poison(reply) // the caller's own: the next is not affected
	}
	if reply := must[rpc.LookupReply](t)(s.Lookup(within(t), new(rpc.LookupRequest))); len(reply.Users) != 0 {
		t.Errorf("an empty lookup found %v", reply.Users)
	}
	name := func(int) string { return "bob" }
	must[rpc.LookupReply](t)(s.Lookup(within(t), &rpc.LookupRequest{Names: repeat(maxNames, name)}))
	_, err := s.Lookup(within(t), &rpc.LookupRequest{Names: repeat(maxNames+1, name)})
	refused(t, "too many names", err, msgdef.CodeBadArgument)
	_, err = s.Lookup(within(t), &rpc.LookupRequest{UIDs: repeat(maxNames+1, func(int) uint64 { return s.bob })})
	refused(t, "too many ids", err, msgdef.CodeBadArgument)
}
