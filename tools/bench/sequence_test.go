package bench

import (
	"testing"
	"time"
)

func TestSequence(t *testing.T) {
	for _, c := range []struct {
		name                           string
		in                             []uint64
		last                           uint64
		absent, duplicated, disordered uint64
	}{
		{"in order", []uint64{1, 2, 3}, 3, 0, 0, 0},
		{"nothing came", nil, 4, 4, 0, 0},
		{"tail lost", []uint64{1, 2}, 5, 3, 0, 0},
		{"hole", []uint64{1, 4}, 4, 2, 0, 0},
		{"hole beyond the last that counts", []uint64{1, 2, 5}, 2, 0, 0, 0},
		{"late", []uint64{1, 3, 2}, 3, 0, 0, 1},
		{"twice", []uint64{1, 2, 2}, 2, 0, 1, 0},
		{"late and twice", []uint64{1, 3, 2, 2}, 3, 0, 1, 1},
		{"first lost", []uint64{2}, 2, 1, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s sequence
			s.startAt(1)
			for _, n := range c.in {
				s.add(n)
			}
			if got := s.absent(c.last); got != c.absent {
				t.Errorf("absent = %d, want %d", got, c.absent)
			}
			if s.duplicated != c.duplicated || s.disordered != c.disordered {
				t.Errorf("duplicated, disordered = %d, %d, want %d, %d", s.duplicated, s.disordered, c.duplicated, c.disordered)
			}
		})
	}
}

// TestSequenceIsBounded takes numbers of a stranger, who may skip most of them.
func TestSequenceIsBounded(t *testing.T) {
	var s sequence
	s.startAt(1)
	s.add(1 << 60)
	if s.holes() != 1<<60-1 || len(s.missing) > mostMissing || s.absent(1<<60) == 0 {
		t.Errorf("%d holes, %d remembered, %d absent", s.holes(), len(s.missing), s.absent(1<<60))
	}
}

func TestBodyRoundTrip(t *testing.T) {
	due := time.Unix(1700000000, 123)
	b := appendBody(nil, 42, due, 200)
	if len(b) != 200 {
		t.Fatalf("body has %d bytes, want 200", len(b))
	}
	number, got, err := parseBody(b)
	if err != nil || number != 42 || !got.Equal(due) {
		t.Fatalf("parseBody = %d, %v, %v, want 42, %v", number, got, err, due)
	}
	if _, _, err := parseBody(b[:minBody-1]); err == nil {
		t.Fatal("a short body was accepted")
	}
}
