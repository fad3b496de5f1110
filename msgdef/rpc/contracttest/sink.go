package contracttest

import "github.com/sim-im/sim/msgdef/rpc"

// sink gathers outcomes of sends.
type sink struct{ record[rpc.SendResult] }

// newSink returns an empty sink.
func newSink() *sink { return &sink{newRecord[rpc.SendResult]()} }

// Sent implements rpc.SendSink.
func (s *sink) Sent(batch *rpc.SendResults) { s.add(batch.Items...) }
