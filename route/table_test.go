package route

import "testing"

// TestGoneGate adds a session of a process that was swept from the table
// meanwhile: it must not get in after the sweep.
func TestGoneGate(t *testing.T) {
	var tab table
	tab.open()
	g := &gate{id: "g", epoch: 1}
	if e := tab.add(1, session{gate: g, device: 1, conn: 1}, rules{devices: 9}); !e.added {
		t.Fatal("a session of a living gate was not added")
	}
	g.gone.Store(true)
	if n := tab.sweep(g, 0, func(uint64, session, bool) {}); n != 1 {
		t.Errorf("swept %d sessions, want 1", n)
	}
	if e := tab.add(2, session{gate: g, device: 1, conn: 2}, rules{devices: 9}); e.added {
		t.Error("a session of a dead gate was added")
	}
	if users, sessions := tab.size(); users != 0 || sessions != 0 {
		t.Errorf("%d users and %d sessions of a dead gate", users, sessions)
	}
}

// TestEndedForgets keeps the memory of ended connections bounded.
func TestEndedForgets(t *testing.T) {
	var e ended
	for conn := range uint64(3 * endedMemory) {
		e.add(conn)
		e.add(conn) // once more counts once
	}
	if len(e.set) != endedMemory || len(e.ring) != endedMemory {
		t.Errorf("%d remembered, want %d", len(e.set), endedMemory)
	}
	if e.has(2*endedMemory-1) || !e.has(2*endedMemory) || !e.has(3*endedMemory-1) {
		t.Error("not the last ones are remembered")
	}
}
