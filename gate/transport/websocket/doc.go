// Package websocket carries connections over WebSocket (RFC 6455), for browsers,
// which open no other.
//
// A connection is a stream of bytes in binary messages. Where a message begins
// or ends means nothing, so a client may cut its stream as it likes, up to
// MessageSize bytes each. What travels inside is what travels over TCP, the
// Noise handshake and records included: whoever ends TLS, as a proxy does, or
// makes none, can neither read nor change it. A text message ends the connection
// with close code 1003, one that is too large with 1009, and either is counted.
//
//	GET /sim HTTP/1.1                 the one path; no query
//	Origin: https://chat.example.com  browsers only: this host, or listed
//	Sec-WebSocket-Protocol: sim.1     the Subprotocol, which the answer repeats
//	Upgrade: websocket                and so on; no compression
//
// A page of another site is refused before the upgrade. It could do little, as
// nothing that a browser adds by itself, such as cookies, says who one is, but it
// could use visitors to wear the gate down. One whose name was rebound to the
// gate's address passes for the gate's own, and gains no more than that.
//
// What strangers hold is bounded: connections that are not accepted yet in number,
// header bytes and seconds, and upgraded ones by a buffer read ahead of those who
// read, and two ahead of the network when writing. The library answers pings; a
// peer that sends them has to read, or is closed after five seconds. Behind a
// proxy everybody has the proxy's address, so that limits per address are limits
// of all.
//
// An idle connection costs its socket, a reader and a writer of 4 KiB each that
// the library keeps, and the goroutine that waits for the next frame, besides the
// one that reads the Conn: no buffer of a pool. We measured 17 KiB without TLS,
// several times what one of package tcp costs. A peer that stops in the middle of
// a frame holds one buffer as well.
//
// It may import gate/transport, coder/websocket and the standard library. It must
// never log, retry, read credentials out of requests, or decide how long an
// accepted connection may be silent: the gate does.
package websocket

import "github.com/sim-im/sim/gate/transport"

// Subprotocol is what both ends name in the handshake.
const Subprotocol = "sim.1"

// MessageSize is the most bytes that a message carries, either way.
const MessageSize = transport.BufferSize
