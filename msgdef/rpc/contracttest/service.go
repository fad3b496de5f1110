package contracttest

import (
	"context"
	"fmt"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// ServiceFactory returns an empty message service that is running. The first
// login with a name creates its account.
type ServiceFactory func(t testing.TB) rpc.Service

// Service checks an implementation of rpc.Service.
func Service(t *testing.T, open ServiceFactory) {
	for name, check := range map[string]func(*testing.T, serviceTest){
		"batch sizes":        serviceSizes,
		"ended context":      serviceEnded,
		"login":              logins,
		"password":           passwordChanges,
		"delete account":     deletesAccount,
		"lookup":             lookups,
		"send outcomes":      sendOutcomes,
		"send sinks":         sendSinks,
		"send refused":       sendRefused,
		"send keeps nothing": sendKeepsNothing,
		"inbox":              inboxes,
		"conversations":      conversations,
		"heads":              heads,
		"read":               reads,
		"cursors":            cursors,
		"groups":             groups,
		"pins":               pins,
		"relations":          relations,
		"profiles":           profiles,
		"typing":             typing,
		"settings":           settings,
		"laters":             laters,
		"arrived":            arrived,
		"search":             search,
		"media":              mediaAccess,
		"push tokens":        pushTokens,
		"resume":             resumes,
		"sign-ins":           signIns,
		"export":             exports,
		"whereabouts":        whereabouts,
	} {
		t.Run(name, func(t *testing.T) {
			s := serviceTest{Service: open(t)}
			s.alice = s.login(t, "alice")
			s.bob = s.login(t, "bob")
			check(t, s)
		})
	}
}

// serviceTest is a service with two users in it.
type serviceTest struct {
	rpc.Service
	alice, bob uint64
}

// testDevice is the device of everybody in the suite.
const testDevice = 7

// login logs a user in, which creates the account.
func (s serviceTest) login(t testing.TB, name string) uint64 {
	t.Helper()
	reply := must[rpc.LoginReply](t)(s.Login(within(t), loginOf(name, "correct horse")))
	return reply.UID
}

// loginOf is a login by password.
func loginOf(name, password string) *rpc.LoginRequest {
	return &rpc.LoginRequest{
		Method: msgdef.AuthPassword, Account: name, Secret: []byte(password),
		Device: testDevice, Address: "192.0.2.1",
	}
}

// pair is the conversation of the two users.
func (s serviceTest) pair() msgdef.Conversation {
	return msgdef.Pair(s.alice, s.bob)
}

// foreign is a conversation that alice is not in.
func (s serviceTest) foreign() msgdef.Conversation {
	return msgdef.Pair(s.bob, s.bob)
}

// calls returns every call of the service that takes a batch, except Send.
func (s serviceTest) calls() []batchCall {
	return []batchCall{
		{"GetMsg", maxPulls, func(ctx context.Context, n int) (int, error) {
			r, err := s.GetMsg(ctx, &rpc.Pulls{Items: repeat(n, func(int) rpc.Pull { return rpc.Pull{UID: s.alice} })})
			return count(r, err, func(r *rpc.Pages) int { return len(r.Items) })
		}},
		{"GetConv", maxPulls, func(ctx context.Context, n int) (int, error) {
			pull := rpc.ConvPull{UID: s.alice, Conv: s.pair()}
			r, err := s.GetConv(ctx, &rpc.ConvPulls{Items: repeat(n, func(int) rpc.ConvPull { return pull })})
			return count(r, err, func(r *rpc.ConvPages) int { return len(r.Items) })
		}},
		{"Heads", maxUsers, func(ctx context.Context, n int) (int, error) {
			r, err := s.Heads(ctx, &rpc.HeadsQuery{UIDs: repeat(n, func(int) uint64 { return s.bob })})
			return count(r, err, func(r *rpc.HeadsReply) int { return len(r.USeqs) })
		}},
		{"Read", maxReads, func(ctx context.Context, n int) (int, error) {
			read := rpc.Read{UID: s.alice, Conv: s.pair()}
			r, err := s.Read(ctx, &rpc.Reads{Items: repeat(n, func(int) rpc.Read { return read })})
			return count(r, err, func(r *rpc.ReadResults) int { return len(r.Items) })
		}},
		{"SaveCursors", maxCursors, func(ctx context.Context, n int) (int, error) {
			c := rpc.Cursor{UID: s.alice, Device: testDevice}
			return n, s.SaveCursors(ctx, &rpc.Cursors{Items: repeat(n, func(int) rpc.Cursor { return c })})
		}},
	}
}

// count applies size to a result, if there is one.
func count[R any](r *R, err error, size func(*R) int) (int, error) {
	switch {
	case err != nil:
		return 0, err
	case r == nil:
		return 0, fmt.Errorf("%T: neither a result nor an error", r)
	}
	return size(r), nil
}

func serviceSizes(t *testing.T, s serviceTest) {
	for _, c := range s.calls() {
		c.sizes(t)
	}
}

func serviceEnded(t *testing.T, s serviceTest) {
	for _, c := range s.calls() {
		c.ended(t)
	}
	_, err := s.Login(cancelled(), loginOf("alice", "correct horse"))
	refused(t, "Login with a context that has ended", err, msgdef.CodeTimeout)
	_, err = s.Lookup(cancelled(), &rpc.LookupRequest{Names: []string{"bob"}})
	refused(t, "Lookup with a context that has ended", err, msgdef.CodeTimeout)
}
