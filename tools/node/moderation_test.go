package node

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/gate/transport/websocket"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/route"
	"github.com/sim-im/sim/tools/ops"
)

// operator is somebody who calls a message service.
func (w *world) operator(o OperatorOptions) *Operator {
	w.t.Helper()
	op, err := DialOperator(w.within(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(op.Close)
	return op
}

// ended waits until a user's client has stopped for an error of a kind.
func (w *world) ended(u *user, kind error, code msgdef.ErrorCode) {
	w.t.Helper()
	w.await(u.Account()+" to be ended", func() bool { return u.Status().Phase == client.Stopped })
	var e *client.Error
	if err := u.Status().Err; !errors.Is(err, kind) || !errors.As(err, &e) || e.Code != code {
		w.t.Errorf("%s ended with %v, want %v", u.Account(), err, code)
	}
}

// TestEndsEverywhere bans, revokes and removes users who are connected over
// every transport and at every gate: each session is told why and ends, none is
// let in again that should not be, and nobody else notices.
func TestEndsEverywhere(t *testing.T) {
	w := newWorld(t)
	service, _, _ := w.imservice("m1"), w.route("r1"), w.route("r2")
	o := w.gateOptions("g1")
	o.WS = ops.WebSocket{Listen: "127.0.0.1:0"}
	g1, err := StartGate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w.closes(g1)
	g2 := w.gate("g2")
	w.ready(g1)
	w.ready(g2)
	everywhere := func(name string) (all []*user) {
		for at, dialer := range map[string]transport.Dialer{
			g1.Addr(): tcp.Dialer{}, g2.Addr(): client.QUICOnly(w.roots), g1.browsers.Addr(): websocket.Dialer{},
		} {
			w.dialer = dialer
			all = append(all, w.user(name, at))
		}
		w.dialer = client.TCPOnly()
		return all
	}
	op := w.operator(OperatorOptions{Addr: service.RPCAddr()})
	bystander := w.user("bystander", g1.Addr())
	for _, step := range []struct {
		name string
		do   func(context.Context, *rpc.Sanction) (*rpc.AccountState, error)
		kind error
		code msgdef.ErrorCode
		next error // of a login with the password afterwards
	}{
		{"banned", op.Ban, client.ErrBanned, msgdef.CodeBanned, client.ErrBanned},
		{"revoked", op.Revoke, client.ErrRevoked, msgdef.CodeRevoked, nil},
		{"removed", op.Remove, client.ErrDeleted, msgdef.CodeDeleted, client.ErrCredentials},
	} {
		sessions := everywhere(step.name)
		t.Run(step.name, func(t *testing.T) {
			if _, err := step.do(w.within(), &rpc.Sanction{Account: step.name, Reason: "as a test"}); err != nil {
				t.Fatal(err)
			}
			for _, u := range sessions {
				w.ended(u, step.kind, step.code)
			}
			err := w.stranger(step.name, g2.Addr()).Connect(w.within())
			if step.next == nil && err != nil || step.next != nil && !errors.Is(err, step.next) {
				t.Errorf("another login: %v, want %v", err, step.next)
			}
		})
	}
	if s := bystander.Status(); s.Phase != client.Online {
		t.Errorf("the bystander is %v", s)
	}
	if text := w.get("http://" + g1.HTTPAddr() + "/metrics"); !strings.Contains(text, `sim_gate_closes_total{reason="banned"} 2`) {
		t.Error("the gate does not count whom it banned")
	}
}

// TestStrangersGovernNothing has everybody who is not of the cluster call what
// only its processes and operators may: nothing is done, or told.
func TestStrangersGovernNothing(t *testing.T) {
	w := newWorld(t)
	own, others := newAuthority(t), newAuthority(t)
	w.certifies = own
	c := w.roles()
	for _, role := range c.all() {
		w.ready(role)
	}
	victim := w.user("victim", c.g1.Addr())
	ours := own.certify(t, PeerName)
	anonymous := w.load(ours)
	anonymous.client = anonymous.client.Clone()
	anonymous.client.GetClientCertificate = nil
	for name, p := range map[string]peers{
		"plain": {}, "stranger": w.load(others.certify(t, PeerName)), "anonymous": anonymous,
	} {
		t.Run(name, func(t *testing.T) {
			at := func(addr string) kitex.ClientOptions {
				return kitex.ClientOptions{Self: name, Endpoints: kitex.Static(addr), TLS: p.client}
			}
			for what, call := range w.governing(at, c, victim.UID()) {
				if err := call(); rpc.CodeOf(err) != msgdef.CodeUnavailable {
					t.Errorf("%s: %v, want that nobody answers", what, err)
				}
			}
		})
	}
	op := w.operator(OperatorOptions{Addr: c.service.RPCAddr(), TLS: ours})
	state, err := op.Inspect(w.within(), &rpc.Sanction{Account: "victim"})
	if err != nil || state.Banned || state.Removed {
		t.Errorf("with the right certificates: %+v, %v", state, err)
	}
	if s := victim.Status(); s.Phase != client.Online {
		t.Errorf("the victim is %v", s)
	}
}

// governing are the calls that decide about a user.
func (w *world) governing(at func(addr string) kitex.ClientOptions, c roles, uid uint64) map[string]func() error {
	w.t.Helper()
	m, errModeration := kitex.DialModeration(at(c.service.RPCAddr()))
	n, errNotifier := kitex.DialNotifier(at(c.r1.RPCAddr()))
	r, errRoute := kitex.DialRoute(at(c.r1.RPCAddr()))
	g, errGate := kitex.DialRoster(at(""), kitex.Endpoint{Addr: c.r1.RPCAddr()})
	if err := errors.Join(errModeration, errNotifier, errRoute, errGate); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { m.Close(); n.Close(); r.Close(); g.Close() })
	sanction := &rpc.Sanction{UID: uid}
	return map[string]func() error{
		"Ban":     func() error { _, err := m.Ban(w.within(), sanction); return err },
		"Revoke":  func() error { _, err := m.Revoke(w.within(), sanction); return err },
		"Remove":  func() error { _, err := m.Remove(w.within(), sanction); return err },
		"Inspect": func() error { _, err := m.Inspect(w.within(), sanction); return err },
		"ExportOf": func() error {
			_, err := m.ExportOf(w.within(), &rpc.ExportQuery{UID: uid})
			return err
		},
		"Evict": func() error {
			return n.Evict(w.within(), &rpc.Evictions{Items: []rpc.Eviction{{UID: uid, Code: msgdef.CodeBanned}}})
		},
		"KeepTickets": func() error { return r.KeepTickets(w.within(), &rpc.TicketBatch{}) },
		"TakeTicket":  func() error { _, err := r.TakeTicket(w.within(), &rpc.TicketTake{}); return err },
		"Resume":      func() error { _, err := r.Resume(w.within(), &rpc.ResumeRequest{UID: uid, Device: 1}); return err },
		"Update":      func() error { _, err := g.Update(w.within(), &rpc.RosterUpdate{Gate: "g1", Epoch: 1}); return err },
	}
}

// insists connects, again and again while a busy machine has the cluster refuse it.
func (u *user) insists() error {
	for ctx := u.w.within(); ; {
		err := u.Connect(ctx)
		if err == nil || errors.Is(err, client.ErrReplaced) || ctx.Err() != nil {
			return err
		}
	}
}

// TestOneDeviceAtTwoGates has many users log in at two gates at once: of each
// exactly one session is left, and the other is told whose place it was.
func TestOneDeviceAtTwoGates(t *testing.T) {
	w := newWorld(t)
	w.imservice("m1")
	for _, id := range []string{"r1", "r2"} {
		r, err := StartRoute(t.Context(), RouteOptions{Common: w.common(id), Policy: route.OneDevice})
		if err != nil {
			t.Fatal(err)
		}
		w.closes(r)
	}
	g1, g2 := w.gate("g1"), w.gate("g2")
	w.ready(g1)
	w.ready(g2)
	pairs := make([][2]*user, 10)
	for i := range pairs {
		name := "user" + string(rune('a'+i))
		pairs[i] = [2]*user{w.stranger(name, g1.Addr()), w.stranger(name, g2.Addr())}
	}
	done := make(chan error)
	for _, p := range pairs {
		for _, u := range p {
			go func() { done <- u.insists() }()
		}
	}
	for range 2 * len(pairs) {
		if err := <-done; err != nil && !errors.Is(err, client.ErrReplaced) {
			t.Error(err)
		}
	}
	for _, p := range pairs {
		stopped := func(u *user) bool { return u.Status().Phase == client.Stopped }
		w.await("one of them to go", func() bool { return stopped(p[0]) || stopped(p[1]) })
		out, in := p[0], p[1]
		if stopped(in) {
			out, in = in, out
		}
		w.ended(out, client.ErrReplaced, msgdef.CodeOtherDevice)
		if text := out.Status().Err.Error(); !strings.Contains(text, "logged in on another device: other, 20") {
			t.Errorf("told %q", text)
		}
		in.writes(in, "still here")
	}
}
