package postgres

import (
	"cmp"
	"maps"
	"slices"

	"github.com/sim-im/sim/msgdef"
)

// A number of 64 bits without a sign is kept in a bigint, which has one, less
// 2^63: so the order of the database is the order of the numbers, and any value
// fits. The functions u64 and s64 of the schema translate for people.
const bias = 1 << 63

func signed(n uint64) int64   { return int64(n ^ bias) }
func unsigned(n int64) uint64 { return uint64(n) ^ bias }

// signedAll translates a list.
func signedAll(numbers []uint64) []int64 {
	all := make([]int64, len(numbers))
	for i, n := range numbers {
		all[i] = signed(n)
	}
	return all
}

// uuid is how the name of a conversation is kept: 16 bytes that sort as bytes.
func uuid(conv msgdef.Conversation) [16]byte { return conv }

// sorted returns the keys of a map in the order in which rows are locked.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// sortedReads is sorted of read marks.
func sortedReads(m map[readKey]uint64) []readKey {
	return slices.SortedFunc(maps.Keys(m), func(a, b readKey) int {
		return cmp.Or(cmp.Compare(a.uid, b.uid), cmp.Compare(a.conv, b.conv))
	})
}

// conversation is what uuid was made of.
func conversation(id [16]byte) msgdef.Conversation { return id }
