package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/codec"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/vectors/kinds"
	"github.com/sim-im/sim/route/app"
)

// frames are frames of a type 0x8000 with these users.
func frames(uids ...uint64) *rpc.AppFrames {
	batch := new(rpc.AppFrames)
	for i, uid := range uids {
		batch.Items = append(batch.Items, rpc.AppFrame{UID: uid, Type: 0x8000, Codec: 1, Body: fmt.Append(nil, i)})
	}
	return batch
}

// codes returns the code of each answer.
func codes(t testing.TB, r *rpc.AppReplies, err error) (list []msgdef.ErrorCode) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, reply := range r.Items {
		list = append(list, reply.Code)
	}
	return list
}

// unheard starts a service whose route does not matter.
func unheard(t testing.TB, change func(*app.Options), h app.Handler) *app.Service {
	t.Helper()
	o := options(openDesk(t, "").addr)
	if change != nil {
		change(&o)
	}
	return start(t, o, h)
}

// TestPanic costs a handler its frame, and nothing else.
func TestPanic(t *testing.T) {
	s := unheard(t, nil, func(c *app.Call) error {
		if c.UID == 2 {
			var none *rpc.AppFrame
			none.Body[0] = 1
		}
		return app.Reply(c, &anything{kind: 0x8001})
	})
	replies, err := s.Handle(within(t), frames(1, 2, 3))
	want := []msgdef.ErrorCode{msgdef.CodeOK, msgdef.CodeUnavailable, msgdef.CodeOK}
	if got := codes(t, replies, err); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if s.Stats().Panics != 1 {
		t.Errorf("%+v", s.Stats())
	}
}

// patient is a context that ends later than it says.
type patient struct {
	context.Context
	says time.Time
}

// Deadline implements context.Context.
func (p patient) Deadline() (time.Time, bool) { return p.says, true }

// TestLate gives up a handler that hangs: others of the batch are answered, the
// next frame of its user is not begun, and what it answers goes nowhere.
func TestLate(t *testing.T) {
	hang := make(chan struct{})
	late := make(chan error, 1)
	var mu sync.Mutex
	var begun []string
	s := unheard(t, nil, func(c *app.Call) error {
		mu.Lock()
		begun = append(begun, string(c.Body))
		mu.Unlock()
		if c.UID == 2 {
			<-c.Context().Done()
			<-hang
			late <- app.Reply(c, &anything{kind: 0x8001})
			return nil
		}
		return app.Reply(c, &anything{kind: 0x8001})
	})
	// That this context never ends is how the test knows that the answers do not
	// wait for it.
	ctx := patient{within(t), time.Now().Add(100 * time.Millisecond)}
	replies, err := s.Handle(ctx, frames(1, 2, 2, 3))
	want := []msgdef.ErrorCode{msgdef.CodeOK, msgdef.CodeTimeout, msgdef.CodeTimeout, msgdef.CodeOK}
	if got := codes(t, replies, err); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if ctx.Err() != nil {
		t.Error("the answers waited for the end of the context")
	}
	replies, err = s.Handle(within(t), frames(2, 1))
	if got := codes(t, replies, err); !slices.Equal(got, []msgdef.ErrorCode{msgdef.CodeBusy, msgdef.CodeOK}) {
		t.Errorf("behind one that hangs: %v", got)
	}
	close(hang)
	if err := <-late; !errors.Is(err, app.ErrLate) {
		t.Errorf("a late answer: %v", err)
	}
	await(t, "the queue", func() bool { return s.Stats().Pending == 0 })
	if slices.Sort(begun); !slices.Equal(begun, []string{"0", "1", "1", "3"}) {
		t.Errorf("begun: %q", begun)
	}
	if st := s.Stats(); st.Late != 2 || st.Skipped != 1 {
		t.Errorf("%+v", st)
	}
}

// TestOrder handles the frames of a user one at a time and in order, over many
// batches, and those of different users at once.
func TestOrder(t *testing.T) {
	const users, rounds = 8, 50
	var mu sync.Mutex
	got := make(map[uint64][]string)
	busy := make(map[uint64]bool)
	both := make(chan struct{})
	var meet sync.WaitGroup
	meet.Add(users)
	go func() { meet.Wait(); close(both) }()
	s := unheard(t, nil, func(c *app.Call) error {
		mu.Lock()
		if busy[c.UID] {
			t.Errorf("two frames of user %d at once", c.UID)
		}
		busy[c.UID] = true
		first := len(got[c.UID]) == 0
		got[c.UID] = append(got[c.UID], string(c.Body))
		mu.Unlock()
		if first { // all users are here at once, or this hangs
			meet.Done()
			<-both
		}
		mu.Lock()
		busy[c.UID] = false
		mu.Unlock()
		return nil
	})
	for round := range rounds {
		batch := new(rpc.AppFrames)
		for i := range 2 * users {
			batch.Items = append(batch.Items, rpc.AppFrame{UID: uint64(i % users), Type: 0x8000, Body: fmt.Append(nil, round, i/users)})
		}
		if _, err := s.Handle(within(t), batch); err != nil {
			t.Fatal(err)
		}
	}
	for uid, list := range got {
		var want []string
		for round := range rounds {
			want = append(want, fmt.Sprint(round, 0), fmt.Sprint(round, 1))
		}
		if !slices.Equal(list, want) {
			t.Errorf("user %d: %q", uid, list)
		}
	}
}

// TestBusy refuses what is too much, of a user and of all.
func TestBusy(t *testing.T) {
	hang := make(chan struct{})
	s := unheard(t, func(o *app.Options) { o.Pending, o.PerUser = 5, 3 }, func(*app.Call) error {
		<-hang
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	replies, err := s.Handle(ctx, frames(1, 1, 1, 1, 2, 3, 4))
	late, busy := msgdef.CodeTimeout, msgdef.CodeBusy
	if got, want := codes(t, replies, err), []msgdef.ErrorCode{late, late, late, busy, late, late, busy}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	close(hang)
	await(t, "the queue", func() bool { return s.Stats().Pending == 0 })
	if replies, err := s.Handle(within(t), frames(1)); err != nil || len(replies.Items) != 0 {
		t.Errorf("afterwards: %+v, %v", replies, err)
	}
}

// guests is a handler of generated messages.
type guests struct {
	kinds.UpHandler
	*app.Call
}

// HandleNames answers in the codec of the question.
func (g guests) HandleNames(m *kinds.Names) error {
	return app.Reply(g.Call, &kinds.Names{UserID: m.UserID + 1})
}

// TestDispatch decodes and answers in either codec.
func TestDispatch(t *testing.T) {
	handler := func(c *app.Call) error {
		return app.Dispatch(c, new(kinds.UpDecoder), kinds.UpHandler(guests{Call: c}), kinds.FromJSON)
	}
	s := unheard(t, nil, handler)
	question, want := &kinds.Names{UserID: 7}, &kinds.Names{UserID: 8}
	kind := uint16(kinds.TypeNames)
	replies, err := s.Handle(within(t), &rpc.AppFrames{Items: []rpc.AppFrame{
		{UID: 1, Type: kind, Codec: uint8(codec.Binary), Body: question.Append(nil)},
		{UID: 2, Type: kind, Codec: uint8(codec.JSON), Body: question.AppendJSON(nil)},
		{UID: 3, Type: kind, Codec: uint8(codec.Binary), Body: []byte{1}},
		{UID: 4, Type: kind, Codec: uint8(codec.JSON), Body: []byte("{")},
		{UID: 5, Type: uint16(kinds.TypeTexts), Codec: uint8(codec.Binary)},
		{UID: 6, Type: 0x80ff, Codec: uint8(codec.Binary)},
	}})
	bad, unknown := msgdef.CodeBadArgument, msgdef.CodeUnknownType
	if got, want := codes(t, replies, err), []msgdef.ErrorCode{0, 0, bad, bad, unknown, unknown}; !slices.Equal(got, want) {
		t.Fatalf("%v, want %v: %+v", got, want, replies.Items)
	}
	if got := replies.Items[0].Body; string(got) != string(want.Append(nil)) {
		t.Errorf("binary: %x", got)
	}
	if got := replies.Items[1].Body; string(got) != string(want.AppendJSON(nil)) {
		t.Errorf("JSON: %s", got)
	}
}

// TestNoJSON refuses what has no JSON with an error that says so.
func TestNoJSON(t *testing.T) {
	var reply, dispatch error
	s := unheard(t, nil, func(c *app.Call) error {
		reply = app.Reply(c, &anything{kind: 0x8001})
		dispatch = app.Dispatch(c, new(kinds.UpDecoder), kinds.UpHandler(guests{Call: c}))
		return dispatch
	})
	replies, err := s.Handle(within(t), &rpc.AppFrames{Items: []rpc.AppFrame{{UID: 1, Type: 0x8005, Codec: uint8(codec.JSON), Body: []byte("{}")}}})
	if got := codes(t, replies, err); !slices.Equal(got, []msgdef.ErrorCode{msgdef.CodeBadArgument}) {
		t.Errorf("%v", got)
	}
	if !errors.Is(reply, app.ErrNoJSON) || !errors.Is(dispatch, app.ErrNoJSON) {
		t.Errorf("%v, %v", reply, dispatch)
	}
}

// TestReplyBounds refuses answers that would not arrive.
func TestReplyBounds(t *testing.T) {
	var errs []error
	s := unheard(t, nil, func(c *app.Call) error {
		errs = append(errs, app.Reply(c, &anything{kind: 0x7fff}), app.Reply(c, &anything{kind: 0x8100}),
			app.Reply(c, &anything{kind: 0x8000, body: make([]byte, 16384)}))
		for range rpc.MaxReplies {
			errs = append(errs, app.Reply(c, &anything{kind: 0x8000}))
		}
		return app.Refuse(msgdef.CodeForbidden, "and no more")
	})
	replies, err := s.Handle(within(t), frames(1))
	if got := codes(t, replies, err); len(got) != rpc.MaxReplies || got[len(got)-1] != msgdef.CodeForbidden {
		t.Errorf("%v", got)
	}
	for i, want := range []error{app.ErrType, app.ErrType, app.ErrTooLarge} {
		if !errors.Is(errs[i], want) {
			t.Errorf("%v, want %v", errs[i], want)
		}
	}
	if last := errs[len(errs)-1]; !errors.Is(last, app.ErrTooMany) {
		t.Errorf("one too many: %v", last)
	}
}
