package quic

import (
	"encoding/binary"

	"github.com/quic-go/quic-go/quicvarint"
)

// The beginning of a first packet, in both versions of QUIC (RFC 9000, 17.2.2;
// RFC 9369, 3.2):
//
//	0      form 0x80, fixed 0x40, type 0x30, the rest is protected
//	1..4   version
//	5      length of the ID that it goes to, and the ID
//	       length of the ID that it comes from, and the ID
//	       length of the token as a varint, and the token
//
// Nothing of it is encrypted.
const (
	formLong = 0x80
	typeMask = 0x30

	version1, version2 = 1, 0x6b3343cf
	initial1, initial2 = 0x00, 0x10 // the type

	// minHello is the size of the smallest datagram that may begin a connection,
	// or ask for another version. Nobody answers a smaller one.
	minHello = 1200
)

// kind is what a datagram is to a sieve.
type kind uint8

const (
	kindOther kind = iota // of a connection, or nothing that is answered
	kindHello             // begins a connection, or asks for another version
	kindToken             // the same, with a token, whatever that is worth
)

// kindOf looks at a datagram of any content, and changes nothing. Packets of a
// handshake that is under way look like hellos to it as long as the client has no
// other keys. A datagram without the right form may be of any kind: it is not answered.
func kindOf(p []byte) kind {
	if len(p) < minHello || p[0]&formLong == 0 {
		return kindOther
	}
	switch v, t := binary.BigEndian.Uint32(p[1:5]), p[0]&typeMask; {
	case v == 0, v == version1 && t != initial1, v == version2 && t != initial2:
		return kindOther
	case v != version1 && v != version2:
		return kindHello
	}
	rest := afterID(afterID(p[5:])) // lengths are bytes, so there is always a rest
	if token, _, _ := quicvarint.Parse(rest); token > 0 {
		return kindToken
	}
	return kindHello
}

// afterID skips the ID that p begins with.
func afterID(p []byte) []byte { return p[1+int(p[0]):] }
