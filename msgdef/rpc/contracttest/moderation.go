package contracttest

import (
	"context"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// ModerationParts is an empty message service that is running, and what
// operators do to its accounts.
type ModerationParts struct {
	Service    rpc.Service
	Moderation rpc.Moderation
}

// Moderation checks an implementation of rpc.Moderation.
func Moderation(t *testing.T, open func(t testing.TB) ModerationParts) {
	for name, check := range map[string]func(*testing.T, sanctionTest){
		"inspect":       inspections,
		"ban":           bans,
		"revoke":        revocations,
		"remove":        removals,
		"password":      passwordResets,
		"export":        operatorExports,
		"repeated":      sanctionsRepeated,
		"refused":       sanctionsRefused,
		"ended context": sanctionsEnded,
	} {
		t.Run(name, func(t *testing.T) {
			parts := open(t)
			s := sanctionTest{Moderation: parts.Moderation, service: serviceTest{Service: parts.Service}}
			s.alice = s.service.login(t, "alice")
			check(t, s)
		})
	}
}

// sanctionTest is a moderation with one account.
type sanctionTest struct {
	rpc.Moderation
	service serviceTest
	alice   uint64
}

// sanction is one of the methods of rpc.Moderation.
type sanction func(context.Context, *rpc.Sanction) (*rpc.AccountState, error)

// all returns every method.
func (s sanctionTest) all() map[string]sanction {
	return map[string]sanction{
		"Ban": s.Ban, "Unban": s.Unban, "Revoke": s.Revoke, "Remove": s.Remove, "Inspect": s.Inspect,
	}
}

// do makes a call and returns the answer, which is the caller's own.
func (s sanctionTest) do(t *testing.T, call sanction, in rpc.Sanction) rpc.AccountState {
	t.Helper()
	reply := must[rpc.AccountState](t)(call(within(t), &in))
	loopback.Poison(&in)
	state := *reply
	state.Account, state.Reason = strings.Clone(state.Account), strings.Clone(state.Reason)
	loopback.Poison(reply)
	if state.UID != s.alice || state.Account != "alice" {
		t.Errorf("the state of %d %q, want that of %d", state.UID, state.Account, s.alice)
	}
	return state
}

// loginCode logs alice in by her password.
func (s sanctionTest) loginCode(t *testing.T) msgdef.ErrorCode {
	t.Helper()
	_, err := s.service.Login(within(t), loginOf("alice", "correct horse"))
	return rpc.CodeOf(err)
}

func inspections(t *testing.T, s sanctionTest) {
	byID, byName := s.do(t, s.Inspect, rpc.Sanction{UID: s.alice}), s.do(t, s.Inspect, rpc.Sanction{Account: "alice"})
	want := rpc.AccountState{UID: s.alice, Account: "alice", Generation: byID.Generation}
	if byID != want || byName != want {
		t.Errorf("by id %+v, by name %+v", byID, byName)
	}
	if both := s.do(t, s.Inspect, rpc.Sanction{UID: s.alice, Account: "nobody"}); both != want {
		t.Errorf("an id counts before a name: %+v", both)
	}
}

func bans(t *testing.T, s sanctionTest) {
	before := s.do(t, s.Inspect, rpc.Sanction{UID: s.alice})
	banned := s.do(t, s.Ban, rpc.Sanction{UID: s.alice, Reason: "spam"})
	if !banned.Banned || banned.Until != 0 || banned.Reason != "spam" || banned.Generation <= before.Generation {
		t.Errorf("banned: %+v", banned)
	}
	if seen := s.do(t, s.Inspect, rpc.Sanction{UID: s.alice}); seen != banned {
		t.Errorf("inspected: %+v", seen)
	}
	_, err := s.service.Login(within(t), loginOf("alice", "correct horse"))
	refused(t, "a login of a banned account", err, msgdef.CodeBanned)
	if err == nil || !strings.Contains(err.Error(), "spam") {
		t.Errorf("the reason is not told: %v", err)
	}
	_, err = s.service.Login(within(t), loginOf("alice", "wrong"))
	refused(t, "a wrong password of a banned account", err, msgdef.CodeBadCredentials)
	free := s.do(t, s.Unban, rpc.Sanction{UID: s.alice})
	if free.Banned || free.Reason != "" || free.Generation <= banned.Generation {
		t.Errorf("unbanned: %+v", free)
	}
	if code := s.loginCode(t); code != msgdef.CodeOK {
		t.Errorf("a login after the ban: %v", code)
	}
}

func revocations(t *testing.T, s sanctionTest) {
	reply := must[rpc.LoginReply](t)(s.service.Login(within(t), loginOf("alice", "correct horse")))
	byToken := &rpc.LoginRequest{Method: msgdef.AuthToken, Secret: append([]byte(nil), reply.Token...), Device: testDevice}
	before := s.do(t, s.Inspect, rpc.Sanction{UID: s.alice}).Generation
	if other := s.do(t, s.Revoke, rpc.Sanction{UID: s.alice, Device: testDevice + 1}); other.Generation <= before {
		t.Errorf("another device revoked: %+v after generation %d", other, before)
	}
	if _, err := s.service.Login(within(t), byToken); err != nil {
		t.Errorf("a token after another device was revoked: %v", err)
	}
	s.do(t, s.Revoke, rpc.Sanction{UID: s.alice, Device: testDevice})
	_, err := s.service.Login(within(t), byToken)
	refused(t, "a token that was revoked", err, msgdef.CodeBadCredentials)
	if code := s.loginCode(t); code != msgdef.CodeOK {
		t.Errorf("a login by password after a revocation: %v", code)
	}
}

func removals(t *testing.T, s sanctionTest) {
	gone := s.do(t, s.Remove, rpc.Sanction{Account: "alice"})
	if !gone.Removed {
		t.Errorf("removed: %+v", gone)
	}
	if code := s.loginCode(t); code != msgdef.CodeBadCredentials {
		t.Errorf("a login of a removed account: %v", code)
	}
	if seen := s.do(t, s.Inspect, rpc.Sanction{UID: s.alice}); !seen.Removed {
		t.Errorf("inspected: %+v", seen)
	}
}

// sanctionsRepeated does what is done: nothing of an account changes, except
// that whoever logged in since the last revocation goes as well.
func sanctionsRepeated(t *testing.T, s sanctionTest) {
	until := int64(1) << 50
	for _, step := range []struct {
		call sanction
		in   rpc.Sanction
	}{
		{s.Ban, rpc.Sanction{UID: s.alice, Until: until, Reason: "spam"}},
		{s.Unban, rpc.Sanction{UID: s.alice}},
		{s.Remove, rpc.Sanction{UID: s.alice}},
	} {
		first := s.do(t, step.call, step.in)
		again := s.do(t, step.call, step.in)
		first.Done, first.Steps = again.Done, again.Steps // it goes on being cleaned up
		if again != first {
			t.Errorf("repeated: %+v, the first time %+v", again, first)
		}
	}
}

func sanctionsRefused(t *testing.T, s sanctionTest) {
	for name, call := range s.all() {
		for _, unknown := range []rpc.Sanction{{UID: s.alice + 1000}, {Account: "nobody"}, {Account: "alic"}} {
			_, err := call(within(t), &unknown)
			refused(t, name+" of nobody", err, msgdef.CodeUnknownUser)
		}
		_, err := call(within(t), new(rpc.Sanction))
		refused(t, name+" without an account", err, msgdef.CodeBadArgument)
	}
	_, err := s.Ban(within(t), &rpc.Sanction{UID: s.alice, Until: 1})
	refused(t, "a ban that is over", err, msgdef.CodeBadArgument)
	_, err = s.Ban(within(t), &rpc.Sanction{UID: s.alice, Reason: strings.Repeat("x", 257)})
	refused(t, "a reason that is too long", err, msgdef.CodeBadArgument)
	if state := s.do(t, s.Inspect, rpc.Sanction{UID: s.alice}); state.Banned || state.Removed {
		t.Errorf("after refusals: %+v", state)
	}
}

func sanctionsEnded(t *testing.T, s sanctionTest) {
	for name, call := range s.all() {
		_, err := call(cancelled(), &rpc.Sanction{UID: s.alice})
		refused(t, name+" with a context that has ended", err, msgdef.CodeTimeout)
	}
}
