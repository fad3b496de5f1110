package secure

import (
	"encoding/binary"

	"github.com/sim-im/sim/msgdef"
)

// The Hello packet, client to gate:
//
//	0  3  magic    "SIM"
//	3  1  version
//	4  1  suite
//	5  1  codec
//	6  2  length   u16 LE, of message: 32 to 4096
//	8  n  message  Noise message 1: e, then the encoded ClientHello in the clear
//
// The prologue of Noise is bytes 0 to 5. A packet of a version this package
// does not speak is taken to end after byte 5, so that it can be refused
// whatever follows. Whoever refuses must still take what follows off the
// socket for a moment, or closing it may destroy the refusal on its way.
//
// The Reply packet, gate to client:
//
//	0  1  kind     1 handshake, 2 refusal, 3 no ticket
//	1  2  length   u16 LE, of body: 1 to 4096; 0 in kind 3
//	3  n  body     Noise message 2: e, s, then the encrypted ServerHello;
//	               or an encoded Refusal
//
// Inside TLS, which has agreed on keys before, length is 0 and message absent
// in Hello, and in a Reply of kind 1.
//
// The Resume packet, client to gate, in the place of Hello and not inside TLS:
//
//	 0   3  magic    "SIR"
//	 3   1  version
//	 4   1  suite    of the session that the ticket is from
//	 5   1  codec
//	 6  16  ticket
//	22   2  length   u16 LE, of message: 48 to 4096
//	24   n  message  Noise message 1: e, then the encrypted body of Login
//
// The prologue of Noise is bytes 0 to 21. A Reply of kind 1 has e and the
// encrypted body of LoginOK as Noise message 2. Kind 3 says that the ticket is
// worth nothing: the client may send Hello on the same connection, once.
const (
	magic        = "SIM"
	magicResume  = "SIR"
	prologueSize = len(magic) + 3
	helloHeader  = prologueSize + 2
	ticketSize   = 16
	resumeHeader = prologueSize + ticketSize + 2
	replyHeader  = 3
	maxMessage   = 4096
	minMessage1  = 32                      // the ephemeral key
	minResume    = minMessage1 + recordTag // and the tag of an empty payload

	kindHandshake = 1
	kindRefusal   = 2
	kindNoTicket  = 3

	// MaxHello is the greatest length of a Hello packet.
	MaxHello = helloHeader + maxMessage
	// MaxResume is the greatest length of a Resume packet.
	MaxResume = resumeHeader + maxMessage
	// MaxReply is the greatest length of a Reply packet.
	MaxReply = replyHeader + maxMessage
)

// hello is a parsed Hello packet. Its slices alias the packet.
type hello struct {
	prologue []byte
	version  uint8
	suite    Suite
	codec    Codec
	message  []byte // nil for a version not spoken here
}

// HelloSize returns the length of the Hello packet that b begins with, 0 when
// b does not hold all of it yet, and ErrMalformed at the first byte that no
// Hello has there.
func HelloSize(b []byte) (int, error) { return helloSize(b, minMessage1, maxMessage) }

// TLSHelloSize is HelloSize for a connection inside TLS.
func TLSHelloSize(b []byte) (int, error) { return helloSize(b, 0, 0) }

func helloSize(b []byte, least, most int) (int, error) {
	n, err := prologueOf(b, magic)
	if n != 0 || err != nil || len(b) < prologueSize {
		return n, err
	}
	return packetSize(b, helloHeader, least, most)
}

// IsResume reports whether b, all that a client has sent, begins a Resume
// packet.
func IsResume(b []byte) bool { return len(b) >= len(magic) && string(b[:len(magic)]) == magicResume }

// ResumeSize is HelloSize for a Resume packet.
func ResumeSize(b []byte) (int, error) {
	n, err := prologueOf(b, magicResume)
	if n != 0 || err != nil || len(b) < prologueSize {
		return n, err
	}
	return packetSize(b, resumeHeader, minResume, maxMessage)
}

// prologueOf checks the magic as far as it is there. It returns the length of a
// packet that ends after the prologue, because of its version; 0 for others.
func prologueOf(b []byte, magic string) (int, error) {
	for i := range min(len(b), len(magic)) {
		if b[i] != magic[i] {
			return 0, ErrMalformed
		}
	}
	if len(b) >= prologueSize && b[len(magic)] != Version {
		return prologueSize, nil
	}
	return 0, nil
}

// ReplySize is HelloSize for a Reply packet.
func ReplySize(b []byte) (int, error) {
	if len(b) > 0 && b[0] != kindHandshake && b[0] != kindRefusal {
		return 0, ErrMalformed
	}
	return packetSize(b, replyHeader, 1, maxMessage)
}

// TLSReplySize is ReplySize for a connection inside TLS.
func TLSReplySize(b []byte) (int, error) {
	if len(b) > 0 && b[0] == kindHandshake {
		return packetSize(b, replyHeader, 0, 0)
	}
	return ReplySize(b)
}

// ResumeReplySize is ReplySize for the answer to a Resume packet.
func ResumeReplySize(b []byte) (int, error) {
	if len(b) > 0 && b[0] == kindNoTicket {
		return packetSize(b, replyHeader, 0, 0)
	}
	return ReplySize(b)
}

// sizer measures the packet that b begins with, like HelloSize.
type sizer func(b []byte) (int, error)

// packetSize measures a packet whose header ends with the u16 length of the
// rest, which is least to most bytes.
func packetSize(b []byte, header, least, most int) (int, error) {
	if len(b) < header {
		return 0, nil
	}
	n := int(binary.LittleEndian.Uint16(b[header-2:]))
	if n < least || n > most {
		return 0, ErrMalformed
	}
	if len(b)-header < n {
		return 0, nil
	}
	return header + n, nil
}

// parseHello takes exactly one Hello packet apart.
func parseHello(packet []byte, size sizer) (hello, error) {
	n, err := size(packet)
	if err != nil {
		return hello{}, err
	}
	if n == 0 || n != len(packet) {
		return hello{}, ErrMalformed
	}
	h := hello{prologue: packet[:prologueSize], version: packet[3], suite: Suite(packet[4]), codec: Codec(packet[5])}
	if h.version == Version {
		h.message = packet[helloHeader:] // of Resume other bytes, see there
	}
	return h, nil
}

// parseReply takes exactly one Reply packet apart; body aliases it.
func parseReply(packet []byte, size sizer) (kind byte, body []byte, err error) {
	n, err := size(packet)
	if err != nil {
		return 0, nil, err
	}
	if n == 0 || n != len(packet) {
		return 0, nil, ErrMalformed
	}
	return packet[0], packet[replyHeader:], nil
}

func appendPrologue(dst []byte, suite Suite, codec Codec) []byte {
	return appendHeader(dst, magic, suite, codec)
}

func appendHeader(dst []byte, magic string, suite Suite, codec Codec) []byte {
	dst = append(dst, magic...)
	return append(dst, Version, byte(suite), byte(codec))
}

// AppendNoTicket appends a Reply packet for a ticket that is worth nothing.
func AppendNoTicket(dst []byte) []byte { return append(dst, kindNoTicket, 0, 0) }

// AppendRefusal appends a Reply packet that refuses the handshake, for
// example because the gate is busy. r must keep the limits of its fields.
func AppendRefusal(dst []byte, r *msgdef.Refusal) []byte {
	start := len(dst)
	dst = append(dst, kindRefusal, 0, 0)
	dst = r.Append(dst)
	binary.LittleEndian.PutUint16(dst[start+1:], uint16(len(dst)-start-replyHeader))
	return dst
}
