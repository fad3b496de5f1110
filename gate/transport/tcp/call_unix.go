//go:build unix && !(linux && (amd64 || arm64) && !race && !msan && !asan)

package tcp

import "syscall"

// receive reads what is there into p without waiting; the socket is one that
// does not block. It returns EAGAIN when there is nothing, and 0 at the end.
func receive(fd int, p []byte) (int, error) { return syscall.Read(fd, p) }

// send writes as much of p as goes without waiting. It returns EAGAIN when
// nothing does.
func send(fd int, p []byte) (int, error) { return syscall.Write(fd, p) }
