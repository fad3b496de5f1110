package route_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route"
)

// served is an instance of a business service that does as a test says.
type served func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error)

// Handle implements rpc.Application.
func (f served) Handle(ctx context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
	return f(ctx, batch)
}

// naming is an instance that answers with its name.
func naming(name string) served {
	return func(_ context.Context, batch *rpc.AppFrames) (*rpc.AppReplies, error) {
		out := new(rpc.AppReplies)
		for i, f := range batch.Items {
			out.Items = append(out.Items, rpc.AppReply{Item: uint32(i), Type: f.Type, Body: []byte(name)})
		}
		return out, nil
	}
}

// desk is a route with a clock, and instances that claimed at it.
type desk struct {
	*route.Server
	t      *testing.T
	now    atomic.Int64
	book   book
	closed []string // instances whose use has ended
	mu     sync.Mutex
}

func newDesk(t *testing.T, o route.Options) *desk {
	t.Helper()
	d := &desk{t: t}
	start := time.Now()
	o.Now = func() time.Time { return start.Add(time.Duration(d.now.Load())) }
	o.Dial = func(c rpc.Claim) (rpc.Application, func(), error) {
		app, _, err := d.book.dial(c)
		return app, func() { d.mu.Lock(); d.closed = append(d.closed, c.Instance); d.mu.Unlock() }, err
	}
	d.Server = newRoute(t, o)
	return d
}

// pass lets time pass.
func (d *desk) pass(t time.Duration) { d.now.Add(int64(t)) }

// ended returns the instances that are not used any more.
func (d *desk) ended() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.closed)
}

// claim has an instance claim 0x8000 to 0x80ff.
func (d *desk) claim(service, name string, impl rpc.Application) rpc.Claim {
	d.t.Helper()
	c := rpc.Claim{Service: service, Instance: name, Addr: d.book.offer(impl), First: 0x8000, Last: 0x80ff}
	d.renew(c)
	return c
}

func (d *desk) renew(c rpc.Claim) {
	d.t.Helper()
	if _, err := d.Claim(d.t.Context(), &c); err != nil {
		d.t.Fatal(err)
	}
}

// ask forwards a frame of each user and returns the answers, or codes.
func (d *desk) ask(uids ...uint64) (answers []string) {
	d.t.Helper()
	batch := new(rpc.AppFrames)
	for _, uid := range uids {
		batch.Items = append(batch.Items, rpc.AppFrame{UID: uid, Type: 0x8000})
	}
	replies, err := d.Forward(d.t.Context(), batch)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, r := range replies.Items {
		if r.Code != msgdef.CodeOK {
			answers = append(answers, r.Code.String())
		} else {
			answers = append(answers, string(r.Body))
		}
	}
	return answers
}

// upTo returns the numbers from 1 to n.
func upTo(n int) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = uint64(i + 1)
	}
	return list
}

// TestClaimEnds takes an instance out that does not renew, by the route's clock.
func TestClaimEnds(t *testing.T) {
	d := newDesk(t, route.Options{})
	a := d.claim("kinds", "a", naming("a"))
	d.claim("kinds", "b", naming("b"))
	d.pass(5 * time.Second)
	d.renew(a)
	d.pass(time.Second)
	for i, got := range d.ask(upTo(20)...) {
		if got != "a" {
			t.Errorf("user %d: %q, want the one that renewed", i+1, got)
		}
	}
	if got := d.ended(); !slices.Equal(got, []string{"b"}) {
		t.Errorf("ended: %q", got)
	}
	if n := d.Stats().Claims; n != 1 {
		t.Errorf("%d claims", n)
	}
	d.pass(6 * time.Second)
	if got := d.ask(1); !slices.Equal(got, []string{"unknown_type"}) {
		t.Errorf("afterwards: %q", got)
	}
	d.claim("other", "a", naming("other"))
	if got := d.ask(1); !slices.Equal(got, []string{"other"}) {
		t.Errorf("the next service: %q", got)
	}
}

// TestOneInstancePerUser keeps the frames of a user at one instance, spreads
// users, and moves few of them when one comes.
func TestOneInstancePerUser(t *testing.T) {
	d := newDesk(t, route.Options{})
	d.claim("kinds", "a", naming("a"))
	d.claim("kinds", "b", naming("b"))
	users := upTo(300)
	first := d.ask(users...)
	if !slices.Equal(first, d.ask(users...)) {
		t.Error("users move without a reason")
	}
	count := map[string]int{}
	for _, name := range first {
		count[name]++
	}
	if min(count["a"], count["b"]) < 100 || count["a"]+count["b"] != 300 {
		t.Errorf("spread: %v", count)
	}
	d.claim("kinds", "c", naming("c"))
	for i, name := range d.ask(users...) {
		if name != first[i] && name != "c" {
			t.Errorf("user %d moved from %s to %s", i+1, first[i], name)
		}
	}
}

// TestRelease ends the use of an instance at once, but not the calls under way,
// for which it waits.
func TestRelease(t *testing.T) {
	d := newDesk(t, route.Options{})
	began, end := make(chan struct{}), make(chan struct{})
	c := d.claim("kinds", "a", served(func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error) {
		close(began)
		<-end
		return naming("a")(nil, &rpc.AppFrames{Items: make([]rpc.AppFrame, 1)})
	}))
	answers := make(chan *rpc.AppReplies, 1)
	go func() {
		r, _ := d.Forward(t.Context(), &rpc.AppFrames{Items: []rpc.AppFrame{{UID: 1, Type: 0x8000}}})
		answers <- r
	}()
	<-began
	c.Release = true
	released := make(chan struct{})
	go func() {
		defer close(released)
		if _, err := d.Claim(t.Context(), &c); err != nil {
			t.Error(err)
		}
	}()
	for d.Stats().Claims > 0 {
		time.Sleep(time.Millisecond)
	}
	if got := d.ask(1); !slices.Equal(got, []string{"unknown_type"}) {
		t.Errorf("after the release: %q", got)
	}
	select {
	case <-released:
		t.Error("released with a call under way")
	default:
	}
	if len(d.ended()) != 0 {
		t.Error("the call under way was ended")
	}
	close(end)
	<-released
	if r := <-answers; r == nil || len(r.Items) != 1 {
		t.Errorf("the call under way: %+v", r)
	}
	if got := d.ended(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("ended: %q", got)
	}
}

// failing is an instance whose calls fail, and how often it was called.
func failing(err *rpc.Error, calls *atomic.Int64) served {
	return func(context.Context, *rpc.AppFrames) (*rpc.AppReplies, error) {
		calls.Add(1)
		return nil, err
	}
}

// TestAnotherInstance asks another instance when the first did not get the
// frames, for certain, and then leaves the first alone for a while.
func TestAnotherInstance(t *testing.T) {
	d := newDesk(t, route.Options{})
	var calls atomic.Int64
	d.claim("kinds", "a", failing(&rpc.Error{Code: msgdef.CodeUnavailable, Undone: true}, &calls))
	d.claim("kinds", "b", naming("b"))
	for range 3 {
		for i, got := range d.ask(upTo(50)...) {
			if got != "b" {
				t.Errorf("user %d: %q", i+1, got)
			}
		}
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("the one that is not there was called %d times", n)
	}
	d.pass(3 * time.Second)
	d.ask(upTo(50)...)
	if n := calls.Load(); n != 2 {
		t.Errorf("called %d times after a while", n)
	}
}

// TestNotTwice does not repeat what may have arrived.
func TestNotTwice(t *testing.T) {
	for _, code := range []msgdef.ErrorCode{msgdef.CodeUnavailable, msgdef.CodeTimeout, msgdef.CodeShuttingDown} {
		d := newDesk(t, route.Options{})
		var calls atomic.Int64
		for _, name := range []string{"a", "b", "c"} {
			d.claim("kinds", name, failing(&rpc.Error{Code: code}, &calls))
		}
		want := code
		if code == msgdef.CodeShuttingDown {
			want = msgdef.CodeUnavailable
		}
		if got := d.ask(1); !slices.Equal(got, []string{want.String()}) || calls.Load() != 1 {
			t.Errorf("%v: %q after %d calls", code, got, calls.Load())
		}
	}
}

// TestNobodyThere answers when no instance is reached, having tried two.
func TestNobodyThere(t *testing.T) {
	d := newDesk(t, route.Options{})
	var calls atomic.Int64
	for _, name := range []string{"a", "b", "c"} {
		d.claim("kinds", name, failing(&rpc.Error{Code: msgdef.CodeUnavailable, Undone: true}, &calls))
	}
	if got := d.ask(1); !slices.Equal(got, []string{"unavailable"}) || calls.Load() != 2 {
		t.Errorf("%q after %d calls", got, calls.Load())
	}
	if got := d.Stats().AppRefused[route.AppUnreachable]; got != 2 {
		t.Errorf("counted %d", got)
	}
}

// TestHangs gives a service that hangs its time, and answers the others' frames
// meanwhile; more calls than it may have are refused at once.
func TestHangs(t *testing.T) {
	d := newDesk(t, route.Options{Handle: 300 * time.Millisecond})
	d.claim("hangs", "a", served(func(ctx context.Context, _ *rpc.AppFrames) (*rpc.AppReplies, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	other := rpc.Claim{Service: "works", Instance: "b", Addr: d.book.offer(naming("b")), First: 0x9000, Last: 0x9000}
	d.renew(other)
	var all sync.WaitGroup
	var busy, late atomic.Int64
	for range 300 {
		all.Go(func() {
			switch got := d.ask(1); got[0] {
			case "busy":
				busy.Add(1)
			case "unavailable", "timeout":
				late.Add(1)
			default:
				t.Errorf("%q", got)
			}
		})
	}
	began := time.Now()
	replies, err := d.Forward(t.Context(), &rpc.AppFrames{Items: []rpc.AppFrame{{UID: 1, Type: 0x9000}}})
	if err != nil || len(replies.Items) != 1 || string(replies.Items[0].Body) != "b" {
		t.Errorf("another service: %+v, %v after %v", replies, err, time.Since(began))
	}
	all.Wait()
	if busy.Load() == 0 || late.Load() == 0 {
		t.Errorf("%d busy, %d late", busy.Load(), late.Load())
	}
}

// TestManyClaims bounds them.
func TestManyClaims(t *testing.T) {
	d := newDesk(t, route.Options{})
	claim := rpc.Claim{Service: "kinds", Addr: "127.0.0.1:9", First: 0x8000, Last: 0x80ff}
	for i := range 1024 {
		claim.Instance = fmt.Sprint(i)
		d.renew(claim)
	}
	claim.Instance = "one more"
	if _, err := d.Claim(t.Context(), &claim); rpc.CodeOf(err) != msgdef.CodeBusy {
		t.Errorf("one more: %v", err)
	}
	claim.Instance = "0"
	d.renew(claim)
	d.Close()
	if n := len(d.ended()); n != 1024 {
		t.Errorf("%d were closed", n)
	}
	if _, err := d.Claim(t.Context(), &claim); rpc.CodeOf(err) != msgdef.CodeShuttingDown {
		t.Errorf("after the end: %v", err)
	}
}

// TestTellIncomplete tells nobody when sessions may be missing, unless some are
// enough.
func TestTellIncomplete(t *testing.T) {
	d := newDesk(t, route.Options{})
	d.claim("kinds", "a", naming("a"))
	d.Lives([]string{"a gate that is not attached"})
	batch := &rpc.AppNotices{Service: "kinds", Items: []rpc.AppNotice{{UIDs: []uint64{1}, Type: 0x8000}}}
	_, err := d.Tell(t.Context(), batch)
	if e, ok := err.(*rpc.Error); !ok || e.Code != msgdef.CodeUnavailable || !e.Undone {
		t.Errorf("%v", err)
	}
	batch.Partial = true
	if told, err := d.Tell(t.Context(), batch); err != nil || !told.Partial {
		t.Errorf("%+v, %v", told, err)
	}
}
