package kitex

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// deliveries is a batch of batches for one epoch of a gate.
type deliveries struct {
	rpc.Deliveries
	bytes arena
	used  bool // Epoch is set
}

// checkDeliveries refuses what an implementation would.
func checkDeliveries(in *rpc.Deliveries) error {
	if err := in.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	for i := range in.To {
		if int(in.To[i].Message) >= len(in.Messages) {
			return badIndex(i, in.To[i].Message, len(in.Messages))
		}
	}
	return checkTopics(in.Topics, len(in.Messages))
}

// weighDeliveries weighs an offer.
func weighDeliveries(in *rpc.Deliveries) amount {
	return amount{items: len(in.To) + len(in.Topics), bytes: weighBytes(in.Messages) + weighTopics(in.Topics)}
}

// room implements load.
func (b *deliveries) room(in *rpc.Deliveries) bool {
	return (!b.used || b.Epoch == in.Epoch) &&
		len(b.Messages)+len(in.Messages) <= maxMessages && len(b.To)+len(in.To) <= maxRecipients &&
		len(b.Topics)+len(in.Topics) <= maxTopics &&
		len(b.bytes)+weighBytes(in.Messages) <= mergedBytes
}

// put implements load.
func (b *deliveries) put(in *rpc.Deliveries) {
	first, to := uint32(len(b.Messages)), len(b.To)
	b.Epoch, b.used = in.Epoch, true
	for _, m := range in.Messages {
		b.Messages = append(b.Messages, b.bytes.copy(m))
	}
	b.To = append(b.To, in.To...)
	for i := range b.To[to:] {
		b.To[to+i].Message += first
	}
	b.Topics = putTopics(b.Topics, in.Topics, first)
}

// reset implements load.
func (b *deliveries) reset() {
	clear(b.Messages)
	clear(b.Topics)
	b.Topics = b.Topics[:0]
	b.Messages, b.To, b.used = b.Messages[:0], b.To[:0], false
	b.bytes.reset()
}
