package kitex

import (
	"reflect"
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestTopicsAreMerged puts batches into one, which keeps nothing of theirs, and has
// no more messages of big groups than fit.
func TestTopicsAreMerged(t *testing.T) {
	topics := func(conv uint64) []rpc.Topic {
		return []rpc.Topic{
			{Message: 0, Conv: msgdef.GroupConv(conv), CSeq: 1, UID: 2, Except: 3, Was: 4, Gone: 5, Left: []uint64{conv, 7}},
			{Message: 1, Conv: msgdef.GroupConv(conv), CSeq: 2, Over: true},
		}
	}
	var d deliveries
	var n notices
	var want []rpc.Topic
	for conv := range uint64(128) {
		in := rpc.Deliveries{Epoch: 1, Messages: [][]byte{{1}, {2}}, Topics: topics(conv)}
		again := rpc.Notices{Messages: in.Messages, Topics: in.Topics}
		if !d.room(&in) || !n.room(&again) || checkDeliveries(&in) != nil || checkNotices(&again) != nil {
			t.Fatalf("no room for batch %d", conv)
		}
		d.put(&in)
		n.put(&again)
		for _, topic := range topics(conv) {
			topic.Message += uint32(2 * conv)
			want = append(want, topic)
		}
		in.Topics[0].Left[0], in.Messages[0][0] = 99, 99
	}
	if !reflect.DeepEqual(d.Topics, want) || !reflect.DeepEqual(n.Topics, want) || d.Messages[0][0] != 1 {
		t.Error("the merged batches are not what was put in")
	}
	one := rpc.Deliveries{Epoch: 1, Messages: [][]byte{{1}}, Topics: topics(1)[:1]}
	if d.room(&one) {
		t.Error("room for 257")
	}
	if w := weighDeliveries(&one); w.items != 1 || w.bytes != 17 {
		t.Errorf("%+v", w)
	}
	one.Topics[0].Message = 1
	if checkDeliveries(&one) == nil || checkNotices(&rpc.Notices{Messages: one.Messages, Topics: one.Topics}) == nil {
		t.Error("a message that is not there")
	}
	d.reset()
	n.reset()
	if len(d.Topics) != 0 || len(n.Topics) != 0 || slices.ContainsFunc(d.Topics[:256], func(t rpc.Topic) bool { return t.Left != nil }) {
		t.Error("a reset batch keeps something")
	}
}
