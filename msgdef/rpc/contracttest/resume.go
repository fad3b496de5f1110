package contracttest

import (
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// resumes brings back a session that was proven, and none that was not.
func resumes(t *testing.T, s serviceTest) {
	first := must[rpc.LoginReply](t)(s.Login(within(t), loginOf("alice", "correct horse")))
	of := func(uid uint64, change ...func(*rpc.ResumeRequest)) *rpc.ResumeRequest {
		r := &rpc.ResumeRequest{UID: uid, Device: testDevice, Generation: first.Generation, Address: "192.0.2.1"}
		for _, f := range change {
			f(r)
		}
		return r
	}
	for range 2 { // whoever has seen a packet may have it repeated
		req := of(s.alice)
		r := must[rpc.LoginReply](t)(s.Resume(within(t), req))
		loopback.Poison(req)
		if r.UID != s.alice || r.Account != "alice" || len(r.Token) != 0 || r.Generation != first.Generation {
			t.Errorf("resumed as %+v", r)
		}
		loopback.Poison(r) // the caller's own
	}
	_, err := s.Resume(within(t), of(1<<60))
	refused(t, "nobody", err, msgdef.CodeBadCredentials)
	_, err = s.Resume(within(t), of(s.alice, func(r *rpc.ResumeRequest) { r.Generation += 7 }))
	refused(t, "another generation", err, msgdef.CodeBadCredentials)
	_, err = s.Resume(within(t), of(s.alice, func(r *rpc.ResumeRequest) { r.Device = 0 }))
	refused(t, "device 0", err, msgdef.CodeBadDevice)
	_, err = s.Resume(cancelled(), of(s.alice))
	refused(t, "Resume with a context that has ended", err, msgdef.CodeTimeout)
}
