// Package secure is the session of SIM/1 as pure bytes: the handshake, the key
// schedule, the records, and the keys and certificates of gates.
//
//	client                                                  gate
//	  | Hello   magic, version, suite, codec, Noise message 1 |   packet.go
//	  |------------------------------------------------------>|
//	  | Reply   Noise message 2 with the certificate          |   client.go, server.go
//	  |<------------------------------------------------------|
//	  | records under the login keys: Login, then LoginOK     |   keyschedule.go
//	  |<----------------------------------------------------->|
//	  |   both: Session.Bind(session id, Login, LoginOK)      |   session.go
//	  | records under the session keys, rekeyed as they age   |   sealer.go, opener.go
//	  |<----------------------------------------------------->|
//
// A session may be resumed with a ticket of an earlier one, in one round trip:
//
//	| Resume  ticket, Noise message 1 with Login            |   resume.go, ticket.go
//	|------------------------------------------------------>|
//	| Reply   Noise message 2 with LoginOK; or no ticket    |
//	|<------------------------------------------------------|
//	|   both: Session.Bind(session id, Login, LoginOK)      |
//
// That is Noise NNpsk0: fresh X25519 keys, and the ticket's secret instead of
// certificate and ML-KEM. Somebody may repeat a Resume packet: nothing may
// happen because of one before the client's first record has been opened.
//
// Inside TLS, as over QUIC, Noise is left out: TLS proves who the gate is with a
// certificate that carries ours, and its exporter gives the first secret
// (tls.go, leaf.go, tlshandshake.go). The gate's large answers have keys of
// their own there.
//
// The handshake is Noise NX with X25519, by github.com/flynn/noise; that of a
// ticket is NNpsk0, of which the gate's side is ours (resumption.go). Hybrid
// suites add ML-KEM-768 in its payloads, so that a recording made today stays
// closed to a quantum computer; the gate's authentication is classical (X25519
// and Ed25519) in every suite. Clients pin root keys only: a root signs the
// certificate of each gate.
//
// Memory: a packet of n bytes from anybody makes its reader allocate at most
// 48 KiB + 8 × n, most of it for keys and ciphers of the answer; n is at most
// MaxHello or MaxReply. A record, good or bad, makes it allocate nothing: it is
// opened in place.
//
// The package imports the standard library, golang.org/x/crypto, Noise, msgdef,
// msgdef/codec and msgdef/frame. It must never open a socket or file, start a goroutine,
// read a clock or log: randomness and time are arguments, and bytes go in and
// come out. Nothing in it is safe for concurrent use unless it says so.
package secure
