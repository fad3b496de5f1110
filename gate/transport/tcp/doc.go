// Package tcp carries connections over TCP.
//
// It owns the sockets and nothing else: no record, frame or user is known
// here. There are two kinds of listeners:
//
//	Listen        a goroutine waits at each connection     every system
//	ListenEvents  epoll tells who has something to read    Linux; elsewhere as Listen
//
// With Listen, an idle connection costs its socket, a file of the runtime's poller
// (96 bytes, and 512 of the runtime's own), 32 bytes, and the goroutine that reads
// it, but no read buffer: the reader waits for readiness and takes a buffer only
// when there are bytes. That needs direct system calls, which exist on every
// Unix (conn_unix.go, reading_unix.go); elsewhere a correct but less frugal form
// is compiled (conn_other.go).
//
// With ListenEvents it costs its socket and 80 bytes. A few loops take the
// events and begin who reads (loop_linux.go); a loop itself waits in the
// runtime's poller, so no thread waits for it. What a blocked read or write and a
// deadline need exists while there is one (event_waits_linux.go). The number of a
// socket is given back when no call uses it, and an event is for the connection
// that had the number then (socket_unix.go, table_linux.go). The loops end with
// the listener and its last connection. Such connections are transport.Batched: an
// io_uring of Linux 5.19 sends to many in one system call (ring_linux.go,
// batch_linux.go). Where the kernel has none, or does not allow it to the process
// (sysctl kernel.io_uring_disabled, the filters of containers), each is written to
// by itself.
//
// It may import gate/transport and the standard library. It must never log,
// retry, or decide how long to wait: callers do, with deadlines.
package tcp
