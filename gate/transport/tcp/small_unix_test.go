//go:build unix

package tcp

import (
	"testing"
	"unsafe"
)

// TestConnIsSmall: an idle connection at which a goroutine waits has one of these,
// beside what the runtime and package os have of it. 32 is a size of objects that
// the runtime has, the next one is 48.
func TestConnIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(conn{}); size > 32 {
		t.Errorf("%d bytes", size)
	}
}
