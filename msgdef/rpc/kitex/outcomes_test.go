package kitex

import (
	"context"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestOutcomes ignores what nobody asked for, what comes twice and what comes
// late.
func TestOutcomes(t *testing.T) {
	f := &fake{send: func(_ context.Context, in *rpc.Sends, to rpc.SendSink) error {
		if in.Items[0].Counter == 2 {
			return rpc.Errorf(msgdef.CodeStoreFull, "no")
		}
		result := rpc.SendResult{Conn: in.Items[0].Conn, Counter: 1, USeq: 1, CSeq: 0}
		to.Sent(&rpc.SendResults{Items: []rpc.SendResult{{Conn: 77}, result, result}})
		to.Sent(&rpc.SendResults{Items: []rpc.SendResult{result}})
		return nil
	}}
	c := dialService(t, ClientOptions{}, serve(t, ServerOptions{}, OfferService(f, nil, nil)))
	if err := offer(within(t), t, c, 9, 1, 1, 1); err != nil {
		t.Error(err)
	}
	if err := offer(within(t), t, c, 9, 1, 2, 1); rpc.CodeOf(err) != msgdef.CodeStoreFull {
		t.Errorf("%v", err)
	}
}

// TestOutcomesMissing ends with the deadline when the service loses outcomes.
func TestOutcomesMissing(t *testing.T) {
	f := &fake{send: func(context.Context, *rpc.Sends, rpc.SendSink) error { return nil }}
	c := dialService(t, ClientOptions{Timeout: 50 * time.Millisecond}, serve(t, ServerOptions{}, OfferService(f, nil, nil)))
	if err := offer(within(t), t, c, 9, 1, 1, 1); rpc.CodeOf(err) != msgdef.CodeTimeout {
		t.Errorf("%v", err)
	}
}
