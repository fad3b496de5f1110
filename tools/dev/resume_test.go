package dev

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/gate/transport/tcp"
	"github.com/sim-im/sim/gate/transport/websocket"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
)

// traveller is a user whose connections a test cuts.
type traveller struct {
	*user
	way   *flaky
	came  *comebacks
	state *keeping
}

// travel connects one, and waits until it has both tickets.
func (w *world) travel(name string, change func(*client.Options)) traveller {
	w.t.Helper()
	v := traveller{way: &flaky{Dialer: tcp.Dialer{}}, came: &comebacks{}, state: &keeping{}}
	o := w.options(name)
	o.State, o.Dialer, o.OnState = v.state, v.way, v.came.note
	o.Timeouts.Save = time.Millisecond
	change(&o)
	v.user = w.connect(o)
	v.tickets()
	return v
}

// tickets waits until the state has both.
func (v *traveller) tickets() {
	v.t.Helper()
	eventually(v.t, "two tickets", func() bool { return len(v.state.saved().Tickets) == 2 })
}

// flap cuts the connection, and waits until the client is back by a ticket.
func (v *traveller) flap() {
	v.t.Helper()
	_, before := v.came.counts()
	v.way.cut()
	eventually(v.t, "the client", func() bool { _, now := v.came.counts(); return now > before })
	v.tickets()
}

// TestResume flaps over TCP and WebSocket, in each codec, while messages go both
// ways.
func TestResume(t *testing.T) {
	w := newWorldWith(t, func(o *Options) { o.WS.Listen = "127.0.0.1:0" })
	bob := w.user("bench-bob")
	for name, change := range map[string]func(*client.Options){
		"tcp":  func(*client.Options) {},
		"json": func(o *client.Options) { o.Codec = codec.JSON },
		"ws": func(o *client.Options) {
			o.Address, o.Dialer.(*flaky).Dialer = w.server.browsers.Addr(), websocket.Dialer{}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.t = t
			alice := w.travel("bench-alice-"+name, change)
			conv := msgdef.Pair(alice.UID(), bob.UID())
			var want []string
			for i := range 8 {
				text := fmt.Sprint(i)
				want = append(want, text, text+"!")
				h := alice.Queue(conv, msgdef.ContentText, []byte(text))
				alice.flap()
				if _, err := h.Wait(alice.ctx()); err != nil {
					t.Fatal(err)
				}
				bob.send(alice.UID(), text+"!")
			}
			if diff := cmp.Diff(want, bodies(bob.history(conv, 0))); diff != "" {
				t.Errorf("stored: %s", diff)
			}
			var answers []string
			for i := 1; i < len(want); i += 2 {
				answers = append(answers, want[i])
			}
			if diff := cmp.Diff(answers, bodies(alice.messages(len(answers)))); diff != "" {
				t.Errorf("alice got: %s", diff)
			}
			if full, resumed := alice.came.counts(); full != 1 || resumed != 8 {
				t.Errorf("%d logins with a proof, %d with a ticket", full, resumed)
			}
		})
	}
}

// TestResumeAfterARestart of the program: the state has what it takes, and no
// password is needed. A server whose registry forgot costs a full handshake.
func TestResumeAfterARestart(t *testing.T) {
	w := newWorld(t)
	first := w.travel("alice", func(*client.Options) {})
	first.close()
	o := w.options("alice")
	o.State, o.Password = first.state, ""
	again := w.connect(o)
	if s := again.Status(); !s.Resumed || again.UID() != first.UID() {
		t.Errorf("status is %+v, user %d, was %d", s, again.UID(), first.UID())
	}
	again.close()
	w.stop()
	w.start()
	o.Address = w.opts.Listen
	last := w.connect(o)
	if s := last.Status(); s.Resumed || last.UID() != first.UID() {
		t.Errorf("status is %+v, user %d, was %d", s, last.UID(), first.UID())
	}
}

// TestStolenTickets are worth nothing on another device, and nothing without the
// secret; neither takes the session of the device away.
func TestStolenTickets(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*client.Snapshot){
		"another device": func(s *client.Snapshot) { s.Device++ },
		"no secret": func(s *client.Snapshot) {
			for i := range s.Tickets {
				s.Tickets[i].Secret = [32]byte{1}
			}
		},
		"another suite": func(s *client.Snapshot) {
			for i := range s.Tickets {
				s.Tickets[i].Suite = 2
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.t = t
			alice := w.travel("alice", func(*client.Options) {})
			stolen := alice.state.saved()
			stolen.Token = nil
			change(&stolen)
			state := new(client.MemoryState)
			if err := state.Save(stolen); err != nil {
				t.Fatal(err)
			}
			o := w.options("alice")
			o.State, o.Password = state, "not the password"
			o.Suite = stolen.Tickets[0].Suite
			thief, err := client.New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer thief.Close()
			var e *client.Error
			if err := thief.Connect(alice.ctx()); !errors.As(err, &e) || e.Code != msgdef.CodeBadCredentials {
				t.Errorf("the thief got %v", err)
			}
			if full, resumed := alice.came.counts(); full != 1 || resumed != 0 || alice.Status().Phase != client.Online {
				t.Errorf("the device has logged in %d and %d times, and is %+v", full, resumed, alice.Status())
			}
			alice.send(alice.UID(), "still here")
		})
	}
}
