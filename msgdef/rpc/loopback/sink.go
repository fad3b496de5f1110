package loopback

import (
	"fmt"

	"github.com/sim-im/sim/msgdef/rpc"
)

// sink carries outcomes back. It is comparable, and equal for equal sinks, as
// the contract asks.
type sink struct {
	to rpc.SendSink
}

// Sent implements rpc.SendSink. It has no way to return an error, and outcomes
// that cannot be carried would leave their senders waiting for ever; it panics,
// which in a test names the culprit.
func (s sink) Sent(in *rpc.SendResults) {
	arg, err := newArgument[rpc.SendResults](in)
	if err == nil {
		s.to.Sent(arg.value)
		err = arg.revoke()
	}
	if err != nil {
		panic(fmt.Sprintf("loopback: outcomes of sends: %v", err))
	}
}
