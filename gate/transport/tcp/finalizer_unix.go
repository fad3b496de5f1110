//go:build unix

package tcp

import (
	"os"
	"runtime"
	"unsafe"
)

// noFinalizer takes from a file what would close it if nobody did: 56 bytes that
// no heap profile shows, for each connection, and work for every collection. Who
// has a transport.Conn closes it.
//
// An os.File is a pointer to what it stands for, at all systems and since Go 1; the
// finalizer is of that object, and Close takes it away with the same call. If that
// changes, the first connection ends the process, and so every test of this folder.
func noFinalizer(file *os.File) {
	runtime.SetFinalizer(*(**byte)(unsafe.Pointer(file)), nil)
}
