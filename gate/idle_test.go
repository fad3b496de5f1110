package gate

import (
	"testing"
	"unsafe"

	"github.com/sim-im/sim/msgdef/secure"
)

// TestAnIdleSessionIsSmall: of these a gate has one for each session, a million
// of them. Whoever adds a field finds the price here. Beside them are two places
// in maps, and the transport's own.
func TestAnIdleSessionIsSmall(t *testing.T) {
	for name, c := range map[string]struct{ size, most uintptr }{
		"conn":           {unsafe.Sizeof(conn{}), 352}, // with the keys; the runtime has objects of that size
		"outbox":         {unsafe.Sizeof(outbox{}), 64},
		"secure.Session": {unsafe.Sizeof(secure.Session{}), 136}, // of those
		"host":           {unsafe.Sizeof(host{}), 16},
		"sender":         {unsafe.Sizeof(sender{}), 40},
	} {
		t.Logf("%s: %d bytes", name, c.size)
		if c.size > c.most {
			t.Errorf("%s: %d bytes, more than %d", name, c.size, c.most)
		}
	}
}
