package secure

import (
	"encoding/binary"

	"github.com/sim-im/sim/msgdef/frame"
)

// A record is
//
//	0  2  length      u16 LE, of the ciphertext with its tag: 17 to 16400
//	2  n  ciphertext  of frames ‖ zero padding, with a 16-byte tag
//
// sealed with the length field as additional data and a nonce that is the IV
// xored with the number of the record under its key. A record carries at
// least one byte of plaintext; under the login keys, when the peer is still a
// stranger, at most MaxLoginPlaintext.
const (
	recordHeader = 2
	recordTag    = 16

	// RecordOverhead is how much longer a record is than its frames.
	RecordOverhead = recordHeader + recordTag
	// MaxPlaintext is the greatest plaintext of a record.
	MaxPlaintext = frame.MaxSize
	// MaxLoginPlaintext is the greatest plaintext of a record before Bind.
	MaxLoginPlaintext = 4096
	// MaxRecord is the greatest length of a record.
	MaxRecord = MaxPlaintext + RecordOverhead
)

// recordSize returns the length of the record that b begins with, 0 when b
// holds less than all of it, and ErrMalformed when no record of up to most
// bytes of plaintext begins like b.
func recordSize(b []byte, most int) (int, error) {
	if len(b) < recordHeader {
		return 0, nil
	}
	n := int(binary.LittleEndian.Uint16(b))
	if n <= recordTag || n > most+recordTag {
		return 0, ErrMalformed
	}
	if len(b)-recordHeader < n {
		return 0, nil
	}
	return recordHeader + n, nil
}
