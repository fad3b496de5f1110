package kitex

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Limits of the schema in items.
const (
	maxMessages   = 4096
	maxRecipients = 65536
	maxTopics     = 256
	maxFrames     = 4096
	maxKicks      = 4096
)

// notices is a batch of batches for a route.
type notices struct {
	rpc.Notices
	bytes arena
}

// checkNotices refuses what an implementation would.
func checkNotices(in *rpc.Notices) error {
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

// badIndex says that a recipient names a message that is not there.
func badIndex(i int, message uint32, messages int) *rpc.Error {
	return rpc.Errorf(msgdef.CodeBadArgument, "recipient %d gets message %d of %d", i, message, messages)
}

// weighNotices weighs an offer.
func weighNotices(in *rpc.Notices) amount {
	return amount{items: len(in.To) + len(in.Topics), bytes: weighBytes(in.Messages) + weighTopics(in.Topics)}
}

// weighBytes is the sum of lengths.
func weighBytes(messages [][]byte) (n int) {
	for _, m := range messages {
		n += len(m)
	}
	return n
}

// room implements load.
func (b *notices) room(in *rpc.Notices) bool {
	return len(b.Messages)+len(in.Messages) <= maxMessages && len(b.To)+len(in.To) <= maxRecipients &&
		len(b.Topics)+len(in.Topics) <= maxTopics &&
		len(b.bytes)+weighBytes(in.Messages) <= mergedBytes
}

// put implements load.
func (b *notices) put(in *rpc.Notices) {
	first, to := uint32(len(b.Messages)), len(b.To)
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
func (b *notices) reset() {
	clear(b.Messages)
	clear(b.Topics)
	b.Topics = b.Topics[:0]
	b.Messages, b.To = b.Messages[:0], b.To[:0]
	b.bytes.reset()
}
