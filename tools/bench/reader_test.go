package bench

import (
	"slices"
	"testing"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// conversation returns n messages of each of two users, by turns.
func conversation(n uint64, first, other uint64) (all []*client.Message) {
	for number := uint64(1); number <= n; number++ {
		for _, from := range []uint64{first, other} {
			all = append(all, &client.Message{Message: msgdef.Message{
				From: from, CSeq: uint64(len(all)) + 1, Body: appendBody(nil, number, time.Now(), minBody),
			}})
		}
	}
	return all
}

func TestAuditNotices(t *testing.T) {
	const first, other = 7, 8
	for _, c := range []struct {
		name  string
		spoil func([]*client.Message) []*client.Message
		want  Integrity
	}{
		{"nothing", func(all []*client.Message) []*client.Message { return all }, Integrity{}},
		{"the newest is not stored", func(all []*client.Message) []*client.Message { return all[:9] }, Integrity{Lost: 1}},
		{"one is missing", func(all []*client.Message) []*client.Message { return slices.Delete(all, 3, 4) }, Integrity{Lost: 1, Gaps: 1}},
		{"one is there twice", func(all []*client.Message) []*client.Message {
			again := all[3].Clone()
			again.CSeq = 11
			return append(all, again)
		}, Integrity{Duplicated: 1}},
		{"two are exchanged", func(all []*client.Message) []*client.Message {
			all[2].Body, all[4].Body = all[4].Body, all[2].Body
			return all
		}, Integrity{Disordered: 1}},
		{"one is not ours", func(all []*client.Message) []*client.Message {
			return append(all, &client.Message{Message: msgdef.Message{From: first, CSeq: 11}})
		}, Integrity{Malformed: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := auditPair(c.spoil(conversation(5, first, other)), first, 5, 5); got != c.want {
				t.Errorf("auditPair = %+v, want %+v", got, c.want)
			}
		})
	}
}
