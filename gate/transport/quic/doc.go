// Package quic carries connections over QUIC (RFC 9000), and is what phones
// prefer: a connection survives a change of network, and large answers do not
// delay small messages.
//
// One QUIC connection carries one transport.Conn, which is a transport.Secured:
//
//	main stream   bidirectional, opened by the client; its first byte either way
//	              is StreamMain, the rest are the bytes of the Conn
//	bulk stream   one way, at most one from each side, opened when needed
//
// The first byte is there because a stream of QUIC is unknown to the peer until
// it carries something, and a gate may have to speak first. The gate's says that
// Accept has returned the connection; a client need not wait for it before it
// writes, and gives up when it does not come. Nothing travels in
// 0-RTT packets. Certificates, and the protocol name of ALPN, are the caller's:
// they come in the tls.Config.
//
// An end is told in the order in which bytes are: Close finishes the main
// stream, the peer reads all of it and io.EOF, and whoever reads the end closes
// the QUIC connection. Only when that takes too long does the side that closed
// first do it, see Linger; what the peer had not read by then is lost.
//
// First packets of an address that sends too many are dropped before quic-go sees
// them, see sieve. Packets of connections whose handshake is over are never.
//
// It may import gate/transport, quic-go and the standard library. It must never
// write to standard error, change the environment, or keep state outside its
// values. Heartbeats, limits on connections and timeouts of silent peers belong
// to the gate; bounded here is only what exists before Accept returns.
package quic
