package bench

import "testing"

// exchange makes a pair of tallies in which each side acknowledged and
// received n messages.
func exchange(n uint64) [2]*tally {
	pair := [2]*tally{newTally(), newTally()}
	for _, t := range pair {
		t.acked = n
		for i := uint64(1); i <= n; i++ {
			t.partner.add(i)
			t.saw(2*i-1, 2*i-1) // its own message
			t.saw(2*i, 2*i)     // the partner's
		}
	}
	return pair
}

func TestTotalNotices(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(pair [2]*tally)
		want  Totals
	}{
		{"nothing", func([2]*tally) {}, Totals{}},
		{"an acknowledged message that never came", func(p [2]*tally) { p[0].acked++ }, Totals{Lost: 1}},
		{"a message that came twice", func(p [2]*tally) { p[1].partner.add(5) }, Totals{Duplicated: 1}},
		{"a message that came late", func(p [2]*tally) { p[1].partner.add(12); p[1].partner.add(11) }, Totals{Disordered: 1}},
		{"a hole in the conversation", func(p [2]*tally) { p[0].saw(22, 21) }, Totals{Gaps: 1}},
		{"a hole in the inbox", func(p [2]*tally) { p[0].saw(21, 22) }, Totals{Gaps: 1}},
		{"a sequence used twice", func(p [2]*tally) { p[0].saw(20, 21) }, Totals{Duplicated: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pair := exchange(10)
			c.spoil(pair)
			got := total([][2]*tally{pair})
			got.Clients, got.Ack, got.Deliver = 0, nil, nil
			if got != c.want {
				t.Errorf("total = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTotalsMerge(t *testing.T) {
	a, b := total([][2]*tally{exchange(3)}), total([][2]*tally{exchange(4), exchange(5)})
	b.Lost = 2
	a.merge(b)
	if a.Clients != 6 || a.Lost != 2 {
		t.Errorf("clients, lost = %d, %d, want 6, 2", a.Clients, a.Lost)
	}
}
