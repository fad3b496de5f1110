package roster

import (
	"testing"

	"github.com/sim-im/sim/msgdef/rpc"
)

// TestSeatsAreUsedAgain keeps the memory of those who left for those who come.
func TestSeatsAreUsedAgain(t *testing.T) {
	s := newSeats()
	for conn := range uint64(1000) {
		if !s.add(rpc.Session{UID: 1, Device: 1, Conn: conn}) {
			t.Fatal("not seated")
		}
		if conn >= 10 {
			if _, ok := s.remove(conn - 10); !ok {
				t.Fatal("not there")
			}
		}
	}
	if s.len() != 10 || s.rows > 11 {
		t.Errorf("%d sessions in %d rows", s.len(), s.rows)
	}
	items, _, done := s.part(0, 100)
	if len(items) != 10 || !done {
		t.Errorf("%d of 10, done %v", len(items), done)
	}
}

// TestEndedForgets keeps the memory of ended connections bounded.
func TestEndedForgets(t *testing.T) {
	var e ended
	for conn := range uint64(5 * endedMemory) {
		e.add(conn)
	}
	if n := len(e.young) + len(e.old); n > 2*endedMemory {
		t.Errorf("%d remembered", n)
	}
	if !e.has(5*endedMemory-1) || !e.has(4*endedMemory) || e.has(0) {
		t.Error("not the last ones are remembered")
	}
}
