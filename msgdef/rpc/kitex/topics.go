package kitex

import (
	"slices"

	"github.com/sim-im/sim/msgdef/rpc"
)

// checkTopics refuses what an implementation would.
func checkTopics(topics []rpc.Topic, messages int) error {
	for i := range topics {
		if int(topics[i].Message) >= messages {
			return badIndex(i, topics[i].Message, messages)
		}
	}
	return nil
}

// weighTopics is how much memory a queue has for topics beside their places.
func weighTopics(topics []rpc.Topic) (n int) {
	for i := range topics {
		n += 8 * len(topics[i].Left)
	}
	return n
}

// putTopics appends topics whose messages stand behind first others.
func putTopics(dst, topics []rpc.Topic, first uint32) []rpc.Topic {
	for i := range topics {
		t := topics[i]
		t.Message += first
		t.Left = slices.Clone(t.Left)
		dst = append(dst, t)
	}
	return dst
}
