package loopback_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// service is a far end whose methods are chosen by each test.
type service struct {
	rpc.Service
	lookup func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error)
	send   func(context.Context, *rpc.Sends, rpc.SendSink) error
}

func (s service) Lookup(ctx context.Context, r *rpc.LookupRequest) (*rpc.LookupReply, error) {
	return s.lookup(ctx, r)
}

func (s service) Send(ctx context.Context, b *rpc.Sends, to rpc.SendSink) error {
	return s.send(ctx, b, to)
}

var request = &rpc.LookupRequest{Names: []string{"alice"}, UIDs: []uint64{7}}

// TestKeptArgument keeps everything of an argument that can be kept, and finds
// it spoiled after the call, while the caller's own is whole.
func TestKeptArgument(t *testing.T) {
	var kept rpc.LookupRequest
	var whole bool
	s := loopback.Service(service{lookup: func(_ context.Context, r *rpc.LookupRequest) (*rpc.LookupReply, error) {
		kept, whole = *r, reflect.DeepEqual(r, request)
		return new(rpc.LookupReply), nil
	}})
	if _, err := s.Lookup(context.Background(), request); err != nil {
		t.Fatal(err)
	}
	if !whole {
		t.Error("the callee saw another argument")
	}
	if kept.Names[0] == "alice" || kept.UIDs[0] == 7 {
		t.Errorf("what was kept is still whole: %+v", kept)
	}
	if request.Names[0] != "alice" || request.UIDs[0] != 7 {
		t.Errorf("the caller's argument was spoiled: %+v", request)
	}
}

// TestChangedArgument finds a callee that writes to its argument.
func TestChangedArgument(t *testing.T) {
	s := loopback.Service(service{lookup: func(_ context.Context, r *rpc.LookupRequest) (*rpc.LookupReply, error) {
		r.UIDs[0]++
		return new(rpc.LookupReply), nil
	}})
	if reply, err := s.Lookup(context.Background(), request); reply != nil || rpc.CodeOf(err) != msgdef.CodeMalformed {
		t.Errorf("%+v, %v", reply, err)
	}
}

// TestKeptResult finds that a result the callee keeps is not the caller's.
func TestKeptResult(t *testing.T) {
	kept := &rpc.LookupReply{Users: []msgdef.User{{UID: 7, Name: "alice"}}}
	s := loopback.Service(service{lookup: func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) {
		return kept, nil
	}})
	got, err := s.Lookup(context.Background(), request)
	if err != nil || len(got.Users) != 1 || got.Users[0] != (msgdef.User{UID: 7, Name: "alice"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if kept.Users[0].UID == 7 {
		t.Error("a callee that keeps its result is not found out")
	}
}

// TestLimits refuses what the schema does not allow before it is called.
func TestLimits(t *testing.T) {
	s := loopback.Service(service{lookup: func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) {
		t.Error("called")
		return nil, nil
	}})
	_, err := s.Lookup(context.Background(), &rpc.LookupRequest{UIDs: make([]uint64, 101)})
	if rpc.CodeOf(err) != msgdef.CodeBadArgument {
		t.Errorf("101 of at most 100: %v", err)
	}
	s = loopback.Service(service{lookup: func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) {
		return &rpc.LookupReply{Users: make([]msgdef.User, 201)}, nil
	}})
	if reply, err := s.Lookup(context.Background(), request); reply != nil || rpc.CodeOf(err) != msgdef.CodeMalformed {
		t.Errorf("a result over the limit: %v, %v", reply, err)
	}
}

// TestErrors carries code and detail, and nothing else.
func TestErrors(t *testing.T) {
	busy := rpc.Errorf(msgdef.CodeBusy, "later")
	for _, test := range []struct {
		err  error
		want rpc.Error
	}{
		{busy, rpc.Error{Code: msgdef.CodeBusy, Detail: "later"}},
		{&rpc.Error{Code: msgdef.CodeBusy, Retry: 70}, rpc.Error{Code: msgdef.CodeBusy, Retry: 70}},
		{fmt.Errorf("lookup: %w", busy), rpc.Error{Code: msgdef.CodeBusy, Detail: "lookup: busy: later"}},
		{errors.New("broken"), rpc.Error{Code: msgdef.CodeUnavailable, Detail: "broken"}},
		{&rpc.Error{Detail: "odd"}, rpc.Error{Code: msgdef.CodeMalformed, Detail: "an error with the code of success: odd"}},
		{nil, rpc.Error{Code: msgdef.CodeMalformed, Detail: "neither a result nor an error"}},
	} {
		s := loopback.Service(service{lookup: func(context.Context, *rpc.LookupRequest) (*rpc.LookupReply, error) {
			return nil, test.err
		}})
		_, err := s.Lookup(context.Background(), request)
		got, ok := err.(*rpc.Error)
		if !ok || *got != test.want || got == busy {
			t.Errorf("%v became %#v, want %#v", test.err, err, test.want)
		}
	}
}

// key is of a value in a context.
type key struct{}

// TestContext carries the end of a context and none of its values.
func TestContext(t *testing.T) {
	s := loopback.Service(service{lookup: func(ctx context.Context, _ *rpc.LookupRequest) (*rpc.LookupReply, error) {
		if ctx.Value(key{}) != nil {
			t.Error("a value came through")
		}
		return nil, rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
	}})
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, 1))
	cancel()
	if _, err := s.Lookup(ctx, request); !strings.Contains(fmt.Sprint(err), context.Canceled.Error()) {
		t.Errorf("the end did not come through: %v", err)
	}
}

// keeper is a sink that keeps what it must copy.
type keeper struct {
	kept rpc.SendResults
	seen uint64
}

// Sent implements rpc.SendSink.
func (k *keeper) Sent(r *rpc.SendResults) {
	k.kept, k.seen = *r, r.Items[0].Counter
}

// TestSinks finds equal sinks equal on the other side, others not, and spoils
// the outcomes when the call has returned.
func TestSinks(t *testing.T) {
	var sinks []rpc.SendSink
	results := &rpc.SendResults{Items: []rpc.SendResult{{Counter: 5}}}
	s := loopback.Service(service{send: func(_ context.Context, _ *rpc.Sends, to rpc.SendSink) error {
		sinks = append(sinks, to)
		to.Sent(results)
		return nil
	}})
	first, second := new(keeper), new(keeper)
	for _, to := range []rpc.SendSink{first, first, second} {
		if err := s.Send(context.Background(), new(rpc.Sends), to); err != nil {
			t.Fatal(err)
		}
	}
	if sinks[0] != sinks[1] || sinks[0] == sinks[2] {
		t.Error("sinks do not compare on the other side as they do on this one")
	}
	if first.seen != 5 || first.kept.Items[0].Counter == 5 || results.Items[0].Counter != 5 {
		t.Errorf("seen %d, kept %+v, the service's %+v", first.seen, first.kept, results)
	}
}
