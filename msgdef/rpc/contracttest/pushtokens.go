package contracttest

import (
	"bytes"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// pushOf is a token of a user's device.
func pushOf(uid, device uint64, token string) *rpc.PushToken {
	return &rpc.PushToken{UID: uid, Device: device, Provider: msgdef.PushLog, Token: []byte(token)}
}

// register stores a token, and spoils the argument.
func (s serviceTest) register(t testing.TB, token *rpc.PushToken) {
	t.Helper()
	if err := s.RegisterPush(within(t), token); err != nil {
		t.Fatalf("register a push token: %v", err)
	}
	loopback.Poison(token)
}

// pushTokens registers what may be and what may not be registered.
func pushTokens(t *testing.T, s serviceTest) {
	longest := pushOf(s.bob, testDevice, "")
	longest.Token = bytes.Repeat([]byte{0xff}, maxPushToken)
	for _, token := range []*rpc.PushToken{
		pushOf(s.bob, testDevice, "a"), pushOf(s.bob, testDevice, "a"), longest,
		pushOf(s.bob, testDevice+1, "a"), pushOf(s.alice, testDevice, "a"), // the phone changed hands
		pushOf(s.bob, testDevice, ""), {UID: s.bob, Device: testDevice}, // ends them, twice
	} {
		s.register(t, token)
	}
	long := pushOf(s.bob, testDevice, "")
	long.Token = make([]byte, maxPushToken+1)
	refused(t, "a token that is too long", s.RegisterPush(within(t), long), msgdef.CodeBadArgument)
	nowhere := pushOf(s.bob, testDevice, "t")
	nowhere.Provider = 0
	refused(t, "a token without a provider", s.RegisterPush(within(t), nowhere), msgdef.CodeBadArgument)
	refused(t, "device 0", s.RegisterPush(within(t), pushOf(s.bob, 0, "t")), msgdef.CodeBadDevice)
	refused(t, "nobody", s.RegisterPush(within(t), pushOf(1<<60, testDevice, "t")), msgdef.CodeUnknownUser)
	refused(t, "RegisterPush with a context that has ended",
		s.RegisterPush(cancelled(), pushOf(s.bob, testDevice, "t")), msgdef.CodeTimeout)
}
