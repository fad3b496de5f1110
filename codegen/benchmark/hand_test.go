package benchmark

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"unsafe"

	"github.com/sim-im/sim/msgdef/wire"
)

// The codec that a person would write for these three messages when nothing but
// speed counts: the layout of the generated one, its bounds checks and its check
// of UTF-8, and no more. It reports no field, accepts lengths that are longer
// than need be, and knows nothing of generations that are to come.

var errHand = errors.New("malformed")

func handAppendChat(m *Chat, dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.ID))
	dst = binary.LittleEndian.AppendUint64(dst, m.Conversation)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.From))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.To))
	dst = append(dst, m.Kind, m.Flags)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.At))
	dst = handAppendLen(dst, len(m.Client))
	dst = append(dst, m.Client...)
	dst = handAppendLen(dst, len(m.Body))
	return append(dst, m.Body...)
}

func handAppendSmall(m *Small, dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.A))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.B))
	return binary.LittleEndian.AppendUint64(dst, uint64(m.C))
}

func handAppendChats(m *Chats, dst []byte) []byte {
	dst = handAppendLen(dst, len(m.List))
	for i := range m.List {
		c := &m.List[i]
		dst = handAppendLen(dst, 42+handSize(len(c.Client))+handSize(len(c.Body)))
		dst = handAppendChat(c, dst)
	}
	return dst
}

// handAppendLen appends a length of at most two bytes, which all limits allow.
func handAppendLen(dst []byte, n int) []byte {
	if n < 0x80 {
		return append(dst, byte(n))
	}
	return append(dst, byte(n)|0x80, byte(n>>7))
}

func handSize(n int) int {
	if n < 0x80 {
		return 1 + n
	}
	return 2 + n
}

func handAliasChat(m *Chat, b []byte) error {
	if len(b) < 42 {
		return errHand
	}
	m.ID = int64(binary.LittleEndian.Uint64(b))
	m.Conversation = binary.LittleEndian.Uint64(b[8:])
	m.From = int64(binary.LittleEndian.Uint64(b[16:]))
	m.To = int64(binary.LittleEndian.Uint64(b[24:]))
	m.Kind, m.Flags = b[32], b[33]
	m.At = int64(binary.LittleEndian.Uint64(b[34:]))
	text, b := handBytes(b[42:], 64)
	if text == nil || !wire.ValidText(text) {
		return errHand
	}
	m.Client = unsafe.String(unsafe.SliceData(text), len(text))
	if m.Body, _ = handBytes(b, 4096); m.Body == nil {
		return errHand
	}
	return nil
}

func handAliasSmall(m *Small, b []byte) error {
	if len(b) < 24 {
		return errHand
	}
	m.A = int64(binary.LittleEndian.Uint64(b))
	m.B = int64(binary.LittleEndian.Uint64(b[8:]))
	m.C = int64(binary.LittleEndian.Uint64(b[16:]))
	return nil
}

func handAliasChats(m *Chats, b []byte) error {
	n, k := handLen(b)
	if k == 0 || n > 100 || n > (len(b)-k)/45 {
		return errHand
	}
	b = b[k:]
	m.List = slices.Grow(m.List[:0], n)[:n]
	for i := range m.List {
		var part []byte
		if part, b = handBytes(b, 1<<14); part == nil {
			return errHand
		}
		if err := handAliasChat(&m.List[i], part); err != nil {
			return err
		}
	}
	return nil
}

// Owning decodes copy once, whatever number of fields is copied by that.
func handDecodeChat(m *Chat, b []byte) error   { return handAliasChat(m, bytes.Clone(b)) }
func handDecodeSmall(m *Small, b []byte) error { return handAliasSmall(m, b) }
func handDecodeChats(m *Chats, b []byte) error { return handAliasChats(m, bytes.Clone(b)) }

// handBytes splits b behind bytes with their length before them; part is nil
// when they are cut short or more than limit.
func handBytes(b []byte, limit int) (part, rest []byte) {
	n, k := handLen(b)
	if k == 0 || n > limit || n > len(b)-k {
		return nil, nil
	}
	return b[k : k+n : k+n], b[k+n:]
}

// handLen reads a length of one or two bytes; k is 0 when it is cut short.
func handLen(b []byte) (n, k int) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		return int(b[0]), 1
	case len(b) > 1 && b[1] < 0x80:
		return int(b[0]&0x7f) | int(b[1])<<7, 2
	}
	return 0, 0
}
