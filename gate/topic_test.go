package gate

import (
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
)

// TestTopics has pairs send in any order: they are written side by side.
func TestTopics(t *testing.T) {
	var round []*conn
	for side := range uint64(2) {
		for pair := range uint64(50) {
			c := &conn{id: pair}
			conv := msgdef.Pair(2*pair+1, 2*pair+2)
			if side == 1 {
				earlier := msgdef.Pair(2*pair+2, 7)
				c.about(&earlier) // the last one counts
			}
			c.about(&conv)
			round = append(round, c)
		}
	}
	slices.SortFunc(round, byTopic)
	for i := 0; i < len(round); i += 2 {
		if round[i].id != round[i+1].id {
			t.Errorf("connections of pairs %d and %d are neighbours", round[i].id, round[i+1].id)
		}
	}
}
