package kitex

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// lookup is what unary calls of these tests ask.
func lookup() *rpc.LookupRequest {
	return &rpc.LookupRequest{Names: []string{"alice"}, UIDs: []uint64{7}}
}

// answering returns a service that answers every lookup so.
func answering(reply *rpc.LookupReply, err error) *fake {
	return &fake{lookup: func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) { return reply, err }}
}

func TestUnary(t *testing.T) {
	reply := &rpc.LookupReply{Users: []msgdef.User{{UID: 7, Name: "alice"}}}
	f := &fake{lookup: func(_ context.Context, in *rpc.LookupRequest) (*rpc.LookupReply, error) {
		if !reflect.DeepEqual(in, lookup()) {
			t.Errorf("the callee saw %+v", in)
		}
		return reply, nil
	}}
	c := dialService(t, ClientOptions{Self: "r1"}, serve(t, ServerOptions{}, OfferService(f, nil, nil)))
	for range 3 {
		if got, err := c.Lookup(within(t), lookup()); err != nil || !reflect.DeepEqual(got, reply) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if s := c.Stats(); s.Calls != 3 || len(s.Failures) != 0 {
		t.Errorf("%+v", s)
	}
}

// TestErrors carries code, detail and retry, and nothing else.
func TestErrors(t *testing.T) {
	busy := rpc.Errorf(msgdef.CodeBusy, "later")
	long := strings.Repeat("ü", maxDetail)
	for _, test := range []struct {
		err  error
		want rpc.Error
	}{
		{busy, rpc.Error{Code: msgdef.CodeBusy, Detail: "later"}},
		{&rpc.Error{Code: msgdef.CodeBusy, Retry: 4e9}, rpc.Error{Code: msgdef.CodeBusy, Retry: 4e9}},
		{fmt.Errorf("lookup: %w", busy), rpc.Error{Code: msgdef.CodeBusy, Detail: "lookup: busy: later"}},
		{errors.New("broken"), rpc.Error{Code: msgdef.CodeUnavailable, Detail: "broken"}},
		{rpc.Errorf(msgdef.CodeForbidden, "%s", long), rpc.Error{Code: msgdef.CodeForbidden, Detail: long[:maxDetail]}},
		{&rpc.Error{Detail: "odd"}, rpc.Error{Code: msgdef.CodeMalformed, Detail: "an error with the code of success: ok: odd"}},
		{nil, rpc.Error{Code: msgdef.CodeMalformed, Detail: "neither a result nor an error"}},
	} {
		c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(answering(nil, test.err), nil, nil)))
		_, err := c.Lookup(within(t), lookup())
		if got, ok := err.(*rpc.Error); !ok || *got != test.want {
			t.Errorf("%v became %#v, want %#v", test.err, err, test.want)
		}
	}
}

// TestLimits refuses what the schema does not allow, on both sides.
func TestLimits(t *testing.T) {
	s := serve(t, ServerOptions{}, OfferService(answering(&rpc.LookupReply{Users: make([]msgdef.User, 201)}, nil), nil, nil))
	c := dialService(t, ClientOptions{}, s)
	_, err := c.Lookup(within(t), &rpc.LookupRequest{UIDs: make([]uint64, 101)})
	if rpc.CodeOf(err) != msgdef.CodeBadArgument {
		t.Errorf("101 of at most 100: %v", err)
	}
	if s.Stats().Calls != 0 {
		t.Error("a call that was refused on the way was made")
	}
	if reply, err := c.Lookup(within(t), lookup()); reply != nil || rpc.CodeOf(err) != msgdef.CodeMalformed {
		t.Errorf("a result over the limit: %v, %v", reply, err)
	}
}

// TestPanic answers a call whose implementation panics, and the next.
func TestPanic(t *testing.T) {
	var log strings.Builder
	calls := 0
	f := &fake{lookup: func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) {
		if calls++; calls == 1 {
			panic("oops")
		}
		return new(rpc.LookupReply), nil
	}}
	o := ServerOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	c := dialService(t, ClientOptions{}, serve(t, o, OfferService(f, nil, nil)))
	_, err := c.Lookup(within(t), lookup())
	if rpc.CodeOf(err) != msgdef.CodeUnavailable || strings.Contains(err.Error(), "oops") {
		t.Errorf("a panic became %v", err)
	}
	if !strings.Contains(log.String(), "oops") {
		t.Errorf("log: %s", log.String())
	}
	if _, err := c.Lookup(within(t), lookup()); err != nil {
		t.Error(err)
	}
}

// TestNotOffered calls parts that a server does not have.
func TestNotOffered(t *testing.T) {
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(answering(nil, nil), nil, nil)))
	if _, err := c.Lease(within(t), new(rpc.LeaseRequest)); rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Errorf("%v", err)
	}
	other := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferGate(nobodysGate{})))
	if _, err := other.Lookup(within(t), lookup()); rpc.CodeOf(err) != msgdef.CodeUnavailable {
		t.Errorf("%v", err)
	}
}

// TestDeadline ends the implementation's context with the caller's deadline,
// and the call as well.
func TestDeadline(t *testing.T) {
	ended := make(chan error, 1)
	f := &fake{lookup: func(ctx context.Context, _ *rpc.LookupRequest) (*rpc.LookupReply, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("no deadline came through")
		}
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}}
	s := serve(t, ServerOptions{}, OfferService(f, nil, nil))
	check := func(what string, ctx context.Context, o ClientOptions) {
		_, err := dialService(t, o, s).Lookup(ctx, lookup())
		if rpc.CodeOf(err) != msgdef.CodeTimeout {
			t.Errorf("%s: %v", what, err)
		}
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: the implementation's context ended with %v", what, err)
		}
	}
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	check("the caller's deadline", short, ClientOptions{})
	check("the default", context.Background(), ClientOptions{Timeout: 50 * time.Millisecond})
}

// TestCancel returns when the caller gives up, though the far end does not.
func TestCancel(t *testing.T) {
	began, end := make(chan struct{}), make(chan struct{})
	f := &fake{lookup: func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) {
		close(began)
		<-end
		return new(rpc.LookupReply), nil
	}}
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(f, nil, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-began
		cancel()
	}()
	if _, err := c.Lookup(ctx, lookup()); rpc.CodeOf(err) != msgdef.CodeTimeout {
		t.Errorf("%v", err)
	}
	close(end)
}

// TestVersions has each side notice that the other is of another version.
func TestVersions(t *testing.T) {
	s := serve(t, ServerOptions{}, OfferRoute(nil, nil, image{}, nil, nil))
	r, err := DialRoster(ClientOptions{Self: "g1", version: rpc.Version + 1}, Endpoint{Addr: s.addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.Update(within(t), new(rpc.RosterUpdate))
	want := fmt.Sprintf("gate g1 speaks RPC version %d, this route speaks %d", rpc.Version+1, rpc.Version)
	if e, ok := err.(*rpc.Error); !ok || e.Code != msgdef.CodeVersion || e.Detail != want {
		t.Errorf("%v, want %q", err, want)
	}

	// A server that would answer, and one that refuses before it looks at the
	// version: unknown methods.
	lenient, err := NewServer(ServerOptions{Listener: listen(t, "127.0.0.1:0"), version: rpc.Version + 2}, OfferRoute(nil, nil, image{}, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	lenient.options.version = rpc.Version
	run(t, lenient)
	r2, err := DialRoster(ClientOptions{Self: "g1"}, Endpoint{ID: "r1", Addr: lenient.addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer r2.Close()
	want = fmt.Sprintf("route r1 speaks RPC version %d, this gate speaks %d", rpc.Version+2, rpc.Version)
	_, err = r2.Update(within(t), new(rpc.RosterUpdate))
	if e, ok := err.(*rpc.Error); !ok || e.Code != msgdef.CodeVersion || e.Detail != want {
		t.Errorf("%v, want %q", err, want)
	}
	if err := tell(within(t), r2.caller, "Future", new(rpc.RosterUpdate)); rpc.CodeOf(err) != msgdef.CodeVersion {
		t.Errorf("a method that is not there: %v", err)
	}
}

// image is a roster that wants what comes next.
type image struct{}

// Update implements rpc.Roster.
func (image) Update(_ context.Context, in *rpc.RosterUpdate) (*rpc.RosterReply, error) {
	return &rpc.RosterReply{Want: in.Seq + 1}, nil
}

// nobodysGate takes everything.
type nobodysGate struct{}

// Deliver implements rpc.Gate.
func (nobodysGate) Deliver(context.Context, *rpc.Deliveries) error { return nil }

// Push implements rpc.Gate.
func (nobodysGate) Push(context.Context, *rpc.Frames) error { return nil }

// Kick implements rpc.Gate.
func (nobodysGate) Kick(context.Context, *rpc.Kicks) error { return nil }
