package kitex

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// shared is a sink that many callers share, as those of a gate do. It counts
// the outcomes of each user.
type shared struct {
	during func() // nil, or what happens inside a call

	mu    sync.Mutex
	calls int
	came  map[uint64]int
	ended int // calls that have returned
}

// Sent implements rpc.SendSink.
func (s *shared) Sent(r *rpc.SendResults) {
	s.mu.Lock()
	s.calls++
	for i := range r.Items {
		s.came[r.Items[i].USeq]++ // the store's useq is the user
	}
	s.mu.Unlock()
	if s.during != nil {
		s.during()
	}
	s.mu.Lock()
	s.ended++
	s.mu.Unlock()
}

// one is a batch of one message.
func one(uid uint64) *rpc.Sends {
	return &rpc.Sends{Items: []rpc.Send{{
		Conn: uid, UID: uid, Device: 1, Counter: 1, Kind: msgdef.ContentText,
		Body: binary.LittleEndian.AppendUint64(nil, uid),
	}}}
}

// wait returns when so many offers wait for the next call.
func (s *sender) wait(offers int) {
	for s.gather.load().offers != offers {
		time.Sleep(time.Millisecond)
	}
}

// TestSendSharesACall hands the outcomes of one RPC to a shared sink in one
// call, without those of a caller in their midst that has left.
func TestSendSharesACall(t *testing.T) {
	s := newStore(t)
	s.hold, s.entered = make(chan struct{}), make(chan int, 100)
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	sink := &shared{came: make(map[uint64]int)}
	var all, leaver sync.WaitGroup
	leave, cancel := context.WithCancel(within(t))
	send := func(wg *sync.WaitGroup, ctx context.Context, uid uint64, want msgdef.ErrorCode) {
		wg.Go(func() {
			if err := c.Send(ctx, one(uid), sink); rpc.CodeOf(err) != want {
				t.Errorf("user %d: %v", uid, err)
			}
		})
	}
	send(&all, within(t), 100, msgdef.CodeOK)
	<-s.entered // the next ones gather
	for uid := range uint64(5) {
		if uid == 2 {
			send(&leaver, leave, uid, msgdef.CodeTimeout)
		} else {
			send(&all, within(t), uid, msgdef.CodeOK)
		}
		c.sender.wait(int(uid) + 1)
	}
	cancel()
	leaver.Wait()
	close(s.hold)
	all.Wait()
	if sink.calls != 2 || len(sink.came) != 5 || sink.came[2] != 0 {
		t.Errorf("%d calls of the sink with %v", sink.calls, sink.came)
	}
}

// TestSendGivesUpTooLate has a caller end while the sink takes its outcome: it
// waits for the sink, and has the outcome.
func TestSendGivesUpTooLate(t *testing.T) {
	s := newStore(t)
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	ctx, cancel := context.WithCancel(within(t))
	sink := &shared{came: make(map[uint64]int)}
	sink.during = func() {
		cancel()
		time.Sleep(50 * time.Millisecond) // long enough to return wrongly
	}
	if err := c.Send(ctx, one(7), sink); err != nil {
		t.Error(err)
	}
	sink.mu.Lock()
	defer sink.mu.Unlock()
	if sink.ended != 1 || sink.came[7] != 1 {
		t.Errorf("returned before the sink: %d calls over, %v", sink.ended, sink.came)
	}
}

// TestSendGivesUpAnyTime ends callers at every moment: each has its outcome and
// no error, or an error and no outcome.
func TestSendGivesUpAnyTime(t *testing.T) {
	s := newStore(t)
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(s, nil, nil)))
	var wg sync.WaitGroup
	for uid := range uint64(400) {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(within(t), time.Duration(uid)*10*time.Microsecond)
			defer cancel()
			_ = offer(ctx, t, c, 1, uid, 1, 1) // which checks
		})
	}
	wg.Wait()
}
