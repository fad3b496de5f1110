package kitex

import (
	"context"
	"sync"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// sending is the far end of Send: it waits for the outcomes and answers with
// them, in the order of the items.
func sending(m rpc.Messages) method {
	return func(ctx context.Context, raw []byte) ([]byte, error) {
		batch, err := decodeArgument[rpc.Sends](raw)
		if err != nil {
			return nil, err
		}
		o := newOutcomes(batch)
		defer o.end()
		if err := m.Send(ctx, batch, o); err != nil {
			return nil, err
		}
		select {
		case <-o.all:
		case <-ctx.Done():
			return nil, rpc.Errorf(msgdef.CodeTimeout, "%d outcomes did not come in time", o.missing())
		}
		return encodeResult(&rpc.SendResults{Items: o.results})
	}
}

// outcomes gathers the results of one batch by position. Numbers of connections
// are those of many gates and may be equal, so while the batch is under way an
// item's connection is its position.
type outcomes struct {
	conns []uint64 // the gates' numbers, by position
	all   chan struct{}

	mu      sync.Mutex
	results []rpc.SendResult
	came    []bool
	left    int
	ended   bool
}

// newOutcomes renumbers the connections of a batch.
func newOutcomes(batch *rpc.Sends) *outcomes {
	n := len(batch.Items)
	o := &outcomes{
		conns: make([]uint64, n), all: make(chan struct{}),
		results: make([]rpc.SendResult, n), came: make([]bool, n), left: n,
	}
	for i := range batch.Items {
		o.conns[i], batch.Items[i].Conn = batch.Items[i].Conn, uint64(i)
	}
	if n == 0 {
		close(o.all)
	}
	return o
}

// Sent implements rpc.SendSink. What comes twice, or too late, or was not asked
// for, is ignored.
func (o *outcomes) Sent(r *rpc.SendResults) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	for _, result := range r.Items {
		i := result.Conn
		if i >= uint64(len(o.results)) || o.came[i] {
			continue
		}
		o.came[i], o.results[i] = true, result
		o.results[i].Conn = o.conns[i]
		if o.left--; o.left == 0 {
			close(o.all)
		}
	}
}

// missing returns how many have not come.
func (o *outcomes) missing() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.left
}

// end ignores what comes from now on.
func (o *outcomes) end() {
	o.mu.Lock()
	o.ended = true
	o.mu.Unlock()
}
