//go:build !linux

package tcp

import "github.com/sim-im/sim/gate/transport"

// ListenEvents is Listen for servers of many connections that are mostly idle:
// those that Accept returns are transport.Eventful on Linux, where epoll watches
// them. Elsewhere it is Listen.
func ListenEvents(addr string) (transport.Listener, error) { return Listen(addr) }
