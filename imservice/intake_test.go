package imservice

import (
	"slices"
	"testing"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// TestCommitSizes has messages wait, some at a time, and looks at what they are
// committed in: together where the store is shared; otherwise so that half of them
// can be built while the other half is synced, unless there are few.
func TestCommitSizes(t *testing.T) {
	few, most := evenCommit, maxCommit
	for name, c := range map[string]struct {
		shared bool
		waits  int
		want   []int
	}{
		"few":            {waits: few, want: []int{few}},
		"twice that":     {waits: 2 * few, want: []int{few, few}},
		"more":           {waits: 6 * few, want: []int{few, few, 2 * few, 2 * few}},
		"a great many":   {waits: 4 * most, want: []int{few, few, 2 * few, 4 * few, most, most, most}},
		"shared":         {shared: true, waits: 6 * few, want: []int{6 * few}},
		"shared and all": {shared: true, waits: 2 * most, want: []int{most, most}},
	} {
		t.Run(name, func(t *testing.T) {
			in := newIntake(Limits{}.withDefaults(), c.shared, func(*rpc.Send) int { return 1 })
			items := make([]rpc.Send, few/8)
			for i := range items {
				items[i] = rpc.Send{Conv: msgdef.Pair(1, 2), UID: 1, Counter: uint64(i) + 1, Kind: msgdef.ContentText, Body: []byte("x")}
			}
			for range c.waits / len(items) {
				if err := in.offerSends(items, nil); err != nil {
					t.Fatal(err)
				}
			}
			in.close()
			var got []int
			for b := in.take(); b != nil; b = in.take() {
				got = append(got, len(b.items))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%d were committed as %d, want %d", c.waits, got, c.want)
			}
		})
	}
}
