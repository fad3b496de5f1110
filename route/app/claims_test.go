package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/app"
)

// TestClaims claims at every route, renews, comes back to one that was started
// again, and releases.
func TestClaims(t *testing.T) {
	a, b := openDesk(t, "east"), openDesk(t, "east")
	s := start(t, options(a.addr, b.addr), nothing)
	if err := s.Ready(within(t)); err != nil {
		t.Fatal(err)
	}
	renewed := func(d *desk, n int) func() bool {
		return func() bool { claims, _ := d.seen(); return len(claims) >= n }
	}
	await(t, "renewals", func() bool { return renewed(a, 3)() && renewed(b, 3)() })
	claims, _ := a.seen()
	if c := claims[0]; c.Service != "kinds" || c.Instance == "" || c.Addr != s.Addr() || c.First != 0x8000 || c.Last != 0x80ff || c.Release {
		t.Errorf("%+v", c)
	}
	b.close()
	await(t, "the loss", func() bool { return s.Health() != nil })
	before, _ := b.seen()
	b.open()
	await(t, "the next claim", renewed(b, len(before)+1))
	await(t, "health", func() bool { return s.Health() == nil })
	if err := s.Close(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*desk{a, b} {
		if claims, _ := d.seen(); !claims[len(claims)-1].Release {
			t.Error("a claim was not released last")
		}
	}
}

// TestServe fails when every route refuses, and ends in order with its context.
func TestServe(t *testing.T) {
	d := openDesk(t, "")
	d.set(func() { d.refusal = rpc.Errorf(msgdef.CodeForbidden, `service "other" has them`) })
	var e *rpc.Error
	if err := app.Serve(within(t), options(d.addr), nothing); !errors.As(err, &e) || e.Code != msgdef.CodeForbidden {
		t.Errorf("refused: %v", err)
	}
	d.set(func() { d.refusal = nil })
	ctx, cancel := context.WithCancel(within(t))
	ended := make(chan error, 1)
	go func() { ended <- app.Serve(ctx, options(d.addr), nothing) }()
	await(t, "the claim", func() bool { claims, _ := d.seen(); return len(claims) > 0 })
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the end: %v", err)
	}
	ctx, cancel = context.WithCancel(within(t))
	cancel()
	if err := app.Serve(ctx, options("127.0.0.1:1"), nothing); err != nil {
		t.Errorf("an end before the first claim: %v", err)
	}
}

// told returns how many users were told at each route.
func told(desks ...*desk) (counts []int) {
	for _, d := range desks {
		_, notices := d.seen()
		n := 0
		for _, batch := range notices {
			for _, item := range batch.Items {
				n += len(item.UIDs)
			}
		}
		counts = append(counts, n)
	}
	return counts
}

// claimed starts a service and waits until every route has its claim.
func claimed(t testing.TB, desks ...*desk) *app.Service {
	t.Helper()
	o := options()
	for _, d := range desks {
		o.Routes = append(o.Routes, d.addr)
	}
	s := start(t, o, nothing)
	await(t, "claims", func() bool { return s.Health() == nil })
	return s
}

// TestTell tells one route of each region.
func TestTell(t *testing.T) {
	a, b, c := openDesk(t, "east"), openDesk(t, "east"), openDesk(t, "west")
	s := claimed(t, a, b, c)
	many := make([]uint64, 1300)
	got, err := app.Tell(within(t), s, &anything{0x8000, []byte("x")}, many...)
	if err != nil || got.Sessions != 2600 || got.Partial {
		t.Errorf("%+v, %v", got, err)
	}
	if counts := told(a, b, c); !slices.Equal(counts, []int{1300, 0, 1300}) {
		t.Errorf("told %v", counts)
	}
	if _, err := app.Tell(within(t), s, &anything{kind: 0x8100}, 1); !errors.Is(err, app.ErrType) {
		t.Errorf("a foreign type: %v", err)
	}
	if _, err := app.Tell(within(t), s, &anything{kind: 0x8000, body: make([]byte, 16384)}, 1); !errors.Is(err, app.ErrTooLarge) {
		t.Errorf("a large one: %v", err)
	}
}

// TestTellOnce asks another route only when nobody was told, and says when not
// all were.
func TestTellOnce(t *testing.T) {
	a, b := openDesk(t, "east"), openDesk(t, "east")
	s := claimed(t, a, b)
	incomplete := func(batch *rpc.AppNotices) error {
		if batch.Partial {
			return nil
		}
		return &rpc.Error{Code: msgdef.CodeUnavailable, Undone: true}
	}
	a.set(func() { a.tell = incomplete })
	if got, err := app.Tell(within(t), s, &anything{kind: 0x8000}, 1, 2); err != nil || got.Sessions != 2 || got.Partial {
		t.Errorf("with a route that is complete: %+v, %v", got, err)
	}
	b.set(func() { b.tell = incomplete })
	if got, err := app.Tell(within(t), s, &anything{kind: 0x8000}, 1, 2, 3); err != nil || got.Sessions != 3 || !got.Partial {
		t.Errorf("without: %+v, %v", got, err)
	}
	if counts := told(a, b); !slices.Equal(counts, []int{3, 2}) {
		t.Errorf("told %v", counts)
	}
	a.set(func() { a.tell = func(*rpc.AppNotices) error { return rpc.Errorf(msgdef.CodeTimeout, "who knows") } })
	if got, err := app.Tell(within(t), s, &anything{kind: 0x8000}, 1); err == nil || got.Sessions != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if counts := told(a, b); counts[1] != 2 {
		t.Errorf("told twice: %v", counts)
	}
}

// TestTellAfterRestart tells at once through a route that does not know the
// claim any more, and through another one when it is not there.
func TestTellAfterRestart(t *testing.T) {
	a, b := openDesk(t, "east"), openDesk(t, "east")
	s := claimed(t, a, b)
	a.close()
	if got, err := app.Tell(within(t), s, &anything{kind: 0x8000}, 1); err != nil || got.Sessions != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	b.close()
	b.open()
	b.set(func() { b.claimed = false })
	if got, err := app.Tell(within(t), s, &anything{kind: 0x8000}, 1); err != nil || got.Sessions != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if counts := told(a, b); !slices.Equal(counts, []int{0, 2}) {
		t.Errorf("told %v", counts)
	}
	b.close()
	if _, err := app.Tell(within(t), s, &anything{kind: 0x8000}, 1); rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Errorf("without a route: %v", err)
	}
	if text := fmt.Sprint(s.Health()); text == "" {
		t.Error("health says nothing")
	}
}
