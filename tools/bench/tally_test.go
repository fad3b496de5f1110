package bench

import "testing"

// exchange makes a pair of tallies in which each side acknowledged and
// received n messages.
func exchange(n uint64) [2]*tally {
	pair := [2]*tally{newTally(), newTally()}
	for _, t := range pair {
		t.sent, t.acked = n, n
		for i := uint64(1); i <= n; i++ {
			t.partner.add(i)
			t.saw(2*i-1, 2*i-1) // its own message
			t.saw(2*i, 2*i)     // the partner's
		}
	}
	return pair
}

func TestCompareNotices(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(pair [2]*tally)
		want  Integrity
	}{
		{"nothing", func([2]*tally) {}, Integrity{}},
		{"an acknowledged message that never came", func(p [2]*tally) { p[0].sent++; p[0].acked++ }, Integrity{Lost: 1}},
		{"a message that was refused", func(p [2]*tally) { p[0].sent++; p[0].refused++ }, Integrity{Refused: 1}},
		{"a message that was never answered", func(p [2]*tally) { p[0].sent++ }, Integrity{Refused: 1}},
		{"a message that came twice", func(p [2]*tally) { p[1].partner.add(5) }, Integrity{Duplicated: 1}},
		{"a message that came late", func(p [2]*tally) { p[1].partner.add(12); p[1].partner.add(11) }, Integrity{Disordered: 1}},
		{"a hole in the conversation", func(p [2]*tally) { p[0].saw(22, 21) }, Integrity{Gaps: 1}},
		{"a hole in the inbox", func(p [2]*tally) { p[0].saw(21, 22) }, Integrity{Gaps: 1}},
		{"a sequence used twice", func(p [2]*tally) { p[0].saw(20, 21) }, Integrity{Duplicated: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pair := exchange(10)
			c.spoil(pair)
			if got := compare(pair[0], pair[1]); got != c.want {
				t.Errorf("compare = %+v, want %+v", got, c.want)
			}
		})
	}
}
