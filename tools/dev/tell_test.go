package dev

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/route/app"
)

// desk is a business service: it gives Names back, tells all devices of a user
// who sends Empty, and keeps Lists waiting.
type desk struct {
	*app.Call
	hold <-chan struct{}
}

func (d desk) HandleNames(m *kinds.Names) error { return app.Reply(d.Call, m) }
func (d desk) HandleEmpty(*kinds.Empty) error {
	_, err := app.Tell(d.Context(), d.Service(), &kinds.Names{UserID: d.UID, HTTPProxy: "all"}, d.UID)
	return err
}
func (d desk) HandleLists(*kinds.Lists) error       { <-d.hold; return nil }
func (d desk) HandleScalars(*kinds.Scalars) error   { return errors.New("not served") }
func (d desk) HandleEnvelope(*kinds.Envelope) error { return errors.New("not served") }
func (d desk) HandleDeep(*kinds.Deep) error         { return errors.New("not served") }

// openDesk starts the service and waits until it is known.
func (w *world) openDesk(hold <-chan struct{}) *app.Service {
	w.t.Helper()
	s, err := app.Start(app.Options{
		Service: "desk", First: 0x8001, Last: 0x80ff, Routes: []string{w.server.RPCAddr()}, Renew: 50 * time.Millisecond,
	}, func(c *app.Call) error {
		return app.Dispatch(c, new(kinds.UpDecoder), kinds.UpHandler(desk{c, hold}), kinds.FromJSON)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := s.Close(w.t.Context()); err != nil && w.t.Context().Err() == nil {
			w.t.Errorf("close the service: %v", err)
		}
	})
	if err := s.Ready(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// visitor is a device and what services sent to it.
type visitor struct {
	*user
	kinds.DownHandler // of what no service here sends
	decoder           kinds.DownDecoder

	names   []kinds.Names
	refused []client.Refused
}

// HandleNames implements kinds.DownHandler.
func (v *visitor) HandleNames(m *kinds.Names) error {
	v.note(func() { v.names = append(v.names, *m.Clone()) })
	return nil
}

// visit connects a new device of a user that speaks a codec.
func (w *world) visit(name string, speaks codec.ID) *visitor {
	w.t.Helper()
	v := new(visitor)
	options := w.options(name)
	options.Codec = speaks
	var ready sync.WaitGroup // v.user is there
	ready.Add(1)
	options.OnFrame = func(f client.Frame) {
		ready.Wait()
		if err := client.Dispatch(f, &v.decoder, kinds.DownHandler(v), kinds.FromJSON); err != nil {
			w.t.Errorf("%v: %v", f.Type, err)
		}
	}
	options.OnRefused = func(r client.Refused) {
		ready.Wait()
		v.note(func() { v.refused = append(v.refused, r) })
	}
	v.user = w.connect(options)
	ready.Done()
	return v
}

// stamp is what a visitor sends as its number n, and nobody else.
func (v *visitor) stamp(n int) *kinds.Names {
	return &kinds.Names{UserID: v.UID(), HTTPProxy: fmt.Sprint(n), Val: uint8(v.Device())}
}

// TestServiceAnswersWhoAsked through gate and route: many devices in both
// codecs, each gets its own answers and in order.
func TestServiceAnswersWhoAsked(t *testing.T) {
	w := newWorldWith(t, func(o *Options) { o.RPC = "127.0.0.1:0" })
	w.openDesk(nil)
	var group sync.WaitGroup
	var visitors []*visitor
	for i := range 6 {
		v := w.visit(fmt.Sprint("user", i/2), codec.All()[i%2])
		visitors = append(visitors, v)
		group.Go(func() {
			const frames, underway = 150, 20 // within the burst of requests
			for n := range frames {
				v.await("answers", func() bool { return len(v.names) > n-underway })
				if _, err := client.Tell(v.Client, v.stamp(n)); err != nil {
					t.Error(err)
				}
			}
			v.await("all answers", func() bool { return len(v.names) == frames })
			for n := range frames {
				if !v.names[n].Equal(v.stamp(n)) {
					t.Errorf("answer %d is %+v", n, v.names[n])
				}
			}
		})
	}
	group.Wait()
	for _, v := range visitors {
		if len(v.refused) != 0 {
			t.Errorf("%+v", v.refused)
		}
		v.names = nil
	}
	if _, err := client.Tell(visitors[0].Client, &kinds.Empty{}); err != nil {
		t.Fatal(err)
	}
	for _, v := range visitors[:2] { // the devices of one user
		v.await("what all are told", func() bool { return len(v.names) == 1 && v.names[0].HTTPProxy == "all" })
	}
}

// TestSlowServiceHoldsUpNobody: messages, and frames of other types, go on.
func TestSlowServiceHoldsUpNobody(t *testing.T) {
	w := newWorldWith(t, func(o *Options) { o.RPC = "127.0.0.1:0" })
	hold := make(chan struct{})
	w.openDesk(hold)
	defer close(hold)
	slow, other := w.visit("slow", codec.Binary), w.visit("other", codec.JSON)
	if _, err := client.Tell(slow.Client, &kinds.Lists{}); err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		slow.send(other.UID(), fmt.Sprint(n))
	}
	other.messages(20)
	number, err := slow.TellFrame(client.Frame{Type: 0x9000})
	if err != nil {
		t.Fatal(err)
	}
	slow.await("the refusal of a type that nobody claims", func() bool {
		return len(slow.refused) > 0 && slow.refused[0].Number == number && slow.refused[0].Err.Code == msgdef.CodeUnknownType
	})
	slow.await("the end of the route's patience", func() bool {
		return len(slow.refused) > 1 && slow.refused[1].Number == 1 && slow.refused[1].Err.Code == msgdef.CodeTimeout
	})
}

// TestTellAfterARestart: nothing is told while there is no server, and the
// service claims its types anew.
func TestTellAfterARestart(t *testing.T) {
	w := newWorldWith(t, func(o *Options) { o.RPC = closedPort(t) })
	w.openDesk(nil)
	v := w.visit("alice", codec.Binary)
	w.stop()
	for {
		_, err := client.Tell(v.Client, v.stamp(0))
		if errors.Is(err, client.ErrDisconnected) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	for n := 1; ; n++ { // until the session and the claim are there
		_, err := client.Tell(v.Client, v.stamp(n))
		if err != nil && !errors.Is(err, client.ErrDisconnected) {
			t.Fatal(err)
		}
		answered := false
		v.note(func() { answered = len(v.names) > 0 })
		if answered {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}
