package contracttest

import (
	"slices"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// passwordChanges changes a password for a session that knows the old one, and
// for no other: nothing from before is worth anything but that session.
func passwordChanges(t *testing.T, s serviceTest) {
	dave := must[rpc.LoginReply](t)(s.Login(within(t), loginOf("dave", "correct horse")))
	uid, generation, old := dave.UID, dave.Generation, slices.Clone(dave.Token)
	ask := func(from, to string) *rpc.PasswordChange {
		return &rpc.PasswordChange{
			UID: uid, Device: testDevice, Generation: generation, Gate: "g", Conn: 5, Address: "192.0.2.1", Old: []byte(from), New: []byte(to),
		}
	}
	for want, request := range map[msgdef.ErrorCode]*rpc.PasswordChange{
		msgdef.CodeWrongPassword: ask("wrong", "battery staple"),
		msgdef.CodeWeakPassword:  ask("correct horse", strings.Repeat("x", 1025)),
		msgdef.CodeSamePassword:  ask("correct horse", "correct horse"),
	} {
		_, err := s.ChangePassword(within(t), request)
		refused(t, want.String(), err, want)
	}
	request := ask("correct horse", "battery staple")
	reply := must[rpc.PasswordReply](t)(s.ChangePassword(within(t), request))
	loopback.Poison(request)
	token := slices.Clone(reply.Token)
	loopback.Poison(reply)
	_, err := s.ChangePassword(within(t), ask("battery staple", "another"))
	refused(t, "a session of before", err, msgdef.CodeForbidden)
	for what, login := range map[string]*rpc.LoginRequest{
		"the old password": loginOf("dave", "correct horse"),
		"the old token":    {Method: msgdef.AuthToken, Secret: old, Device: testDevice},
	} {
		_, err := s.Login(within(t), login)
		refused(t, what, err, msgdef.CodeBadCredentials)
	}
	_, err = s.Resume(within(t), &rpc.ResumeRequest{UID: uid, Device: testDevice, Generation: generation})
	refused(t, "an old ticket", err, msgdef.CodeBadCredentials)
	byToken := &rpc.LoginRequest{Method: msgdef.AuthToken, Secret: token, Device: testDevice}
	if got := must[rpc.LoginReply](t)(s.Login(within(t), byToken)); got.UID != uid || got.Generation <= generation {
		t.Errorf("by the new token: %+v", got)
	}
	must[rpc.LoginReply](t)(s.Login(within(t), loginOf("dave", "battery staple")))
	_, err = s.ChangePassword(cancelled(), ask("battery staple", "another"))
	refused(t, "ChangePassword with a context that has ended", err, msgdef.CodeTimeout)
}

// passwordResets sets a password without knowing the one before.
func passwordResets(t *testing.T, s sanctionTest) {
	reset := &rpc.PasswordReset{Account: "alice", Password: []byte("battery staple"), Reason: "you have called"}
	state := must[rpc.AccountState](t)(s.SetPassword(within(t), reset))
	loopback.Poison(reset)
	if state.UID != s.alice || state.Banned || state.Removed || state.Generation == 0 {
		t.Errorf("%+v", state)
	}
	if code := s.loginCode(t); code != msgdef.CodeBadCredentials {
		t.Errorf("the old password: %v", code)
	}
	must[rpc.LoginReply](t)(s.service.Login(within(t), loginOf("alice", "battery staple")))
	for want, reset := range map[msgdef.ErrorCode]*rpc.PasswordReset{
		msgdef.CodeUnknownUser:  {UID: s.alice + 1000, Password: []byte("x")},
		msgdef.CodeBadArgument:  {Password: []byte("x")},
		msgdef.CodeWeakPassword: {UID: s.alice},
	} {
		_, err := s.SetPassword(within(t), reset)
		refused(t, want.String(), err, want)
	}
	_, err := s.SetPassword(cancelled(), &rpc.PasswordReset{UID: s.alice, Password: []byte("x")})
	refused(t, "SetPassword with a context that has ended", err, msgdef.CodeTimeout)
}

// deletesAccount deletes an account for a session that brings a proof, and for no
// other. Again it does nothing.
func deletesAccount(t *testing.T, s serviceTest) {
	erin := must[rpc.LoginReply](t)(s.Login(within(t), loginOf("erin", "correct horse")))
	uid, generation := erin.UID, erin.Generation
	ask := func(method msgdef.AuthMethod, secret string) *rpc.AccountDeletion {
		return &rpc.AccountDeletion{
			UID: uid, Device: testDevice, Generation: generation, Address: "192.0.2.1", Method: method, Secret: []byte(secret),
		}
	}
	refused(t, "a wrong password", s.DeleteAccount(within(t), ask(msgdef.AuthPassword, "wrong")), msgdef.CodeWrongPassword)
	refused(t, "another proof", s.DeleteAccount(within(t), ask(msgdef.AuthIssuer, "correct horse")), msgdef.CodeForbidden)
	other := ask(msgdef.AuthPassword, "correct horse")
	other.Generation++
	refused(t, "another session", s.DeleteAccount(within(t), other), msgdef.CodeForbidden)
	refused(t, "DeleteAccount with a context that has ended", s.DeleteAccount(cancelled(), ask(msgdef.AuthPassword, "correct horse")), msgdef.CodeTimeout)
	for range 2 {
		request := ask(msgdef.AuthPassword, "correct horse")
		if err := s.DeleteAccount(within(t), request); err != nil {
			t.Fatal(err)
		}
		loopback.Poison(request)
	}
	_, err := s.Login(within(t), loginOf("erin", "correct horse"))
	refused(t, "a login afterwards", err, msgdef.CodeBadCredentials)
	_, err = s.Resume(within(t), &rpc.ResumeRequest{UID: uid, Device: testDevice, Generation: generation})
	refused(t, "a ticket", err, msgdef.CodeBadCredentials)
}
