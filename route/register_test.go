package route_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// TestTooManyDevices makes the oldest session of a user give way.
func TestTooManyDevices(t *testing.T) {
	ctx := context.Background()
	s := newRoute(t, route.Options{Devices: 3})
	var kicked []rpc.Kick
	s.AttachGate("g", 1, &countingGate{onKick: func(k *rpc.Kicks) { kicked = append(kicked, k.Items...) }})
	for device := uint64(1); device <= 5; device++ {
		if err := s.Register(ctx, sessions(rpc.Session{UID: 1, Device: device, Conn: 10 + device})); err != nil {
			t.Fatal(err)
		}
	}
	if len(kicked) != 2 || kicked[0].Conn != 11 || kicked[1].Conn != 12 || kicked[0].Code != msgdef.CodeReplaced {
		t.Errorf("kicked: %+v", kicked)
	}
	if stats := s.Stats(); stats.Sessions != 3 || stats.Users != 1 || stats.Displaced[route.YieldCrowd] != 2 {
		t.Errorf("stats: %+v", stats)
	}
}

// TestKickMayUnregister has the gate unregister a displaced session from inside
// the call that kicks it.
func TestKickMayUnregister(t *testing.T) {
	ctx := context.Background()
	s := newRoute(t, route.Options{})
	g := new(countingGate)
	g.onKick = func(k *rpc.Kicks) {
		if err := s.Unregister(ctx, sessions(rpc.Session{UID: 1, Device: 1, Conn: k.Items[0].Conn})); err != nil {
			t.Error(err)
		}
	}
	s.AttachGate("g", 1, g)
	for conn := uint64(1); conn <= 2; conn++ {
		if err := s.Register(ctx, sessions(rpc.Session{UID: 1, Device: 1, Conn: conn})); err != nil {
			t.Fatal(err)
		}
	}
	if stats := s.Stats(); stats.Sessions != 1 || g.kicks.Load() != 1 {
		t.Errorf("%d kicks, stats %+v", g.kicks.Load(), stats)
	}
}

// TestKicksOutliveTheCaller ends the caller's context at the first of two kicks:
// the displaced sessions are out of the table, so both must be told.
func TestKicksOutliveTheCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := newRoute(t, route.Options{})
	var far, near countingGate
	far.onKick = func(*rpc.Kicks) { cancel() }
	near.onKick = far.onKick
	s.AttachGate("far", 1, &far)
	s.AttachGate("g", 1, &near)
	old := sessions(rpc.Session{UID: 1, Device: 1, Conn: 1})
	old.Gate = "far"
	for _, batch := range []*rpc.SessionBatch{
		old,
		sessions(rpc.Session{UID: 2, Device: 1, Conn: 2}),
		sessions(rpc.Session{UID: 1, Device: 1, Conn: 3}, rpc.Session{UID: 2, Device: 1, Conn: 4}),
	} {
		if err := s.Register(ctx, batch); err != nil {
			t.Fatal(err)
		}
	}
	if far.kicks.Load() != 1 || near.kicks.Load() != 1 {
		t.Errorf("%d and %d kicks, want one each", far.kicks.Load(), near.kicks.Load())
	}
}

// TestDetach forgets a gate, but not the process that took its place.
func TestDetach(t *testing.T) {
	ctx := context.Background()
	s := newRoute(t, route.Options{})
	s.AttachGate("g", 1, new(countingGate))
	if err := s.Register(ctx, sessions(rpc.Session{UID: 1, Device: 1, Conn: 1})); err != nil {
		t.Fatal(err)
	}
	s.DetachGate("g", 7)
	s.DetachGate("other", 1)
	s.AttachGate("g", 1, new(countingGate)) // again: changes nothing
	if stats := s.Stats(); stats.Sessions != 1 || stats.Gates != 1 {
		t.Errorf("stats: %+v", stats)
	}
	s.DetachGate("g", 1)
	if stats := s.Stats(); stats.Sessions != 0 || stats.Gates != 0 || stats.Dropped != 1 {
		t.Errorf("stats: %+v", stats)
	}
	if err := s.Register(ctx, sessions()); rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Errorf("register of a gate that was detached: %v", err)
	}
}

// TestNoGhosts ends connections while they are registered, and replaces their
// gate's process under them, many times at once. In the end nobody is online.
func TestNoGhosts(t *testing.T) {
	ctx := context.Background()
	s := newRoute(t, route.Options{})
	s.AttachGate("g", 1, new(countingGate))
	s.AttachGate("h", 1, new(countingGate))
	var all sync.WaitGroup
	for conn := range uint64(2000) {
		item := rpc.Session{UID: 1 + conn%50, Device: 1 + conn%3, Conn: conn}
		for _, gate := range []string{"g", "h"} {
			batch := &rpc.SessionBatch{Gate: gate, Epoch: 1, Items: []rpc.Session{item}}
			calls := []func(context.Context, *rpc.SessionBatch) error{s.Register, s.Unregister}
			rand.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
			for _, call := range calls {
				all.Go(func() {
					if err := call(ctx, batch); err != nil {
						t.Error(err)
					}
				})
			}
		}
		if conn == 1000 {
			all.Go(func() { s.AttachGate("h", 2, new(countingGate)) })
		}
	}
	all.Wait()
	if stats := s.Stats(); stats.Sessions != 0 || stats.Users != 0 {
		t.Errorf("ghosts: %+v", stats)
	}
}

// TestConcurrentUse runs everything at once, for the race detector.
func TestConcurrentUse(t *testing.T) {
	ctx := context.Background()
	s := newRoute(t, route.Options{})
	s.AttachGate("g", 1, new(countingGate))
	work := []func(i uint64) error{
		func(i uint64) error {
			return s.Register(ctx, sessions(rpc.Session{UID: i%9 + 1, Device: i%2 + 1, Conn: i}))
		},
		func(i uint64) error {
			return s.Unregister(ctx, sessions(rpc.Session{UID: i%9 + 1, Device: i%2 + 1, Conn: i - 5}))
		},
		func(i uint64) error {
			return s.Notify(ctx, &rpc.Notices{Messages: [][]byte{{1}}, To: []rpc.Recipient{{UID: i%9 + 1}}})
		},
		func(i uint64) error {
			_, err := s.Read(ctx, &rpc.Reads{Items: []rpc.Read{{UID: i%9 + 1, Conv: msgdef.Pair(i%9+1, 1)}}})
			return err
		},
		func(i uint64) error { _, err := s.Presence(ctx, new(rpc.PresenceRequest)); return err },
		func(i uint64) error {
			s.AttachGate("h", i, new(countingGate))
			s.DetachGate("h", i)
			s.Stats()
			return nil
		},
	}
	var all sync.WaitGroup
	for _, do := range work {
		all.Go(func() {
			for i := range uint64(300) {
				if err := do(i + 10); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestOptions(t *testing.T) {
	for what, o := range map[string]route.Options{
		"no service":      {},
		"too few devices": {Service: reader{}, Devices: -1},
		"too many":        {Service: reader{}, Devices: 1 << 16},
		"no time":         {Service: reader{}, KickTimeout: -1},
	} {
		if s, err := route.New(o); err == nil || s != nil {
			t.Errorf("%s: %v, %v", what, s, err)
		}
	}
}
