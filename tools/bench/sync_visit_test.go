package bench

import (
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// TestVisitNotices shows a client that comes back what a server must not do.
func TestVisitNotices(t *testing.T) {
	conv := msgdef.Pair(1, 2)
	message := func(n uint64) *client.Message {
		return &client.Message{USeq: n, Message: msgdef.Message{Conv: conv, CSeq: n, Body: appendBody(nil, n, time.Now(), minBody)}}
	}
	foreign := message(5)
	foreign.Conv = msgdef.Pair(1, 3)
	for name, c := range map[string]struct {
		numbers []uint64 // of a client that has 1 and waits for 5
		also    *client.Message
		want    Integrity
	}{
		"everything": {numbers: []uint64{2, 3, 4, 5}},
		"lost":       {numbers: []uint64{2, 4, 5}, want: Integrity{Lost: 1, Gaps: 2}},
		"cut off":    {numbers: []uint64{2, 3}, want: Integrity{Lost: 2}},
		"twice":      {numbers: []uint64{2, 3, 3, 4, 5}, want: Integrity{Duplicated: 3}},
		"had before": {numbers: []uint64{1, 2, 3, 4, 5}, want: Integrity{Duplicated: 3}},
		"last twice": {numbers: []uint64{2, 3, 4, 5, 5}, want: Integrity{Duplicated: 3}},
		"disordered": {numbers: []uint64{3, 2, 4, 5}, want: Integrity{Disordered: 1}},
		"of others":  {numbers: []uint64{2, 3, 4, 5}, also: foreign, want: Integrity{Malformed: 1}},
		"too many":   {numbers: []uint64{2, 3, 4, 5, 6}, want: Integrity{Malformed: 1}},
	} {
		v := &visit{
			last: 5, conv: conv, done: make(chan struct{}),
			messages: newMeter("").shard(0), first: newMeter("").shard(0), caughtUp: newMeter("").shard(0),
		}
		v.begin(1, 1)
		for _, n := range c.numbers {
			v.received(message(n))
		}
		if c.also != nil {
			v.received(c.also)
		}
		if got := v.integrity(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
