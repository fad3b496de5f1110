package tcp

import (
	"testing"
	"unsafe"
)

// TestEventConnIsSmall: it is all that an idle connection costs in this folder.
func TestEventConnIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(eventConn{}); size > 96 {
		t.Errorf("%d bytes", size)
	}
}

// TestStaleEvent hears an event of a connection that has closed, whose number is
// another's now.
func TestStaleEvent(t *testing.T) {
	var l loops
	old, next := &eventConn{number: 1}, &eventConn{number: 2}
	l.conns.put(5000, old)
	l.conns.put(5000, next)
	if c := l.conns.find(5000); c != next || c.number == old.number {
		t.Errorf("found %v", c)
	}
	if c := l.conns.find(4999); c != nil {
		t.Errorf("found %v where nobody is", c)
	}
	if c := l.conns.find(1 << 20); c != nil {
		t.Errorf("found %v beyond the table", c)
	}
}
