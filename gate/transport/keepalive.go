package transport

import (
	"net"
	"time"
)

// KeepAlive finds TCP peers that vanished without a word when nothing is written
// to them. Heartbeats find them too, but may be as rare as nine minutes; probes
// more often than these would wake the radios of phones.
func KeepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{
		Enable:   true,
		Idle:     2 * time.Minute,
		Interval: 15 * time.Second,
		Count:    4,
	}
}
