package msgdef

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/sim-im/sim/msgdef/wire/wiretest"
)

var errHand = errors.New("malformed")

// handAppend is what a person would write to encode Message.
func handAppend(m *Message, dst []byte) []byte {
	dst = append(dst, m.Conv[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, m.CSeq)
	dst = binary.LittleEndian.AppendUint64(dst, m.From)
	dst = binary.LittleEndian.AppendUint64(dst, m.Device)
	dst = binary.LittleEndian.AppendUint64(dst, m.Counter)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.At))
	dst = append(dst, byte(m.Kind))
	dst = binary.AppendUvarint(dst, uint64(len(m.Body)))
	return append(dst, m.Body...)
}

// handAlias is what a person would write to decode Message.
func handAlias(m *Message, b []byte) error {
	if len(b) < 57 {
		return errHand
	}
	m.Conv = [16]byte(b)
	m.CSeq = binary.LittleEndian.Uint64(b[16:])
	m.From = binary.LittleEndian.Uint64(b[24:])
	m.Device = binary.LittleEndian.Uint64(b[32:])
	m.Counter = binary.LittleEndian.Uint64(b[40:])
	m.At = int64(binary.LittleEndian.Uint64(b[48:]))
	m.Kind = ContentKind(b[56])
	b = b[57:]
	n, k := binary.Uvarint(b)
	if k <= 0 || n > MaxBody || int(n) > len(b)-k {
		return errHand
	}
	m.Body = b[k : k+int(n) : k+int(n)]
	return nil
}

// handDecode is handAlias with a body of its own.
func handDecode(m *Message, b []byte) error {
	if err := handAlias(m, b); err != nil {
		return err
	}
	m.Body = bytes.Clone(m.Body)
	return nil
}

// TestHand proves that both codecs of the benchmark do the same.
func TestHand(t *testing.T) {
	var sent, received Message
	wiretest.Fill(&sent, &wiretest.Steady{})
	if hand := handAppend(&sent, nil); !bytes.Equal(hand, sent.Append(nil)) {
		t.Fatalf("by hand %x", hand)
	}
	if err := handDecode(&received, sent.Append(nil)); err != nil || !wiretest.Equal(&sent, &received) {
		t.Fatalf("by hand %+v, %v", received, err)
	}
}
