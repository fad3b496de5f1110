package imservice

import "testing"

func TestClockCache(t *testing.T) {
	kept := map[int]bool{}
	c := newClockCache[int](3, func(v *int) bool { return kept[*v] })
	for i := range 3 {
		c.add(i, i)
	}
	kept[0] = true
	c.add(3, 3) // all were used: the hand clears them and takes 1
	if c.get(0) == nil || c.get(1) != nil || c.len() != 3 {
		t.Fatalf("0: %v, 1: %v, %d values", c.get(0), c.get(1), c.len())
	}
	if v := c.get(2); v == nil || *v != 2 {
		t.Fatalf("2: %v", v)
	}
	for i := range 10 {
		kept[i+10] = true
		c.add(i+10, i+10)
	}
	for i := range 10 {
		if v := c.get(i + 10); v == nil || *v != i+10 {
			t.Fatalf("kept value %d: %v", i+10, v)
		}
	}
	clear(kept)
	for i := range 100 {
		c.add(i+100, i)
	}
	if n := c.len(); n > 13 {
		t.Fatalf("%d values after all could be given up", n)
	}
}
