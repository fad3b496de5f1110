//go:build linux && (amd64 || arm64) && !race && !msan && !asan

package tcp

import (
	"syscall"
	"unsafe"
)

// The calls here go around two things that cost as much as the call itself
// when it moves a few hundred bytes. The runtime is not told, since a call that
// does not wait for the peer needs no other thread to take over meanwhile; on a
// busy machine its watchdog would do so and start one. And a socket is asked as
// a socket: recvfrom and sendto do not pass through what files need.
//
// The price: while such a call runs, its processor runs no other goroutine, and
// the garbage collector waits for it. So each carries MSG_DONTWAIT, whatever
// the mode of the socket is: it ends when the kernel has copied what there is
// room for.
//
// Detectors of races and of memory errors need the calls of package syscall,
// which tell them what the kernel reads and writes.

// receive reads what is there into p, which is not empty, without waiting. It
// returns EAGAIN when there is nothing, and 0 at the end.
func receive(fd int, p []byte) (int, error) {
	return socketCall(syscall.SYS_RECVFROM, fd, p, syscall.MSG_DONTWAIT)
}

// send writes as much of p, which is not empty, as goes without waiting. It
// returns EAGAIN when nothing does.
func send(fd int, p []byte) (int, error) {
	return socketCall(syscall.SYS_SENDTO, fd, p, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL)
}

// socketCall is recvfrom or sendto without an address. The conversion to a
// uintptr stands in the call, which keeps p alive and in its place.
func socketCall(trap uintptr, fd int, p []byte, flags uintptr) (int, error) {
	n, _, errno := syscall.RawSyscall6(trap, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
