package relay

import (
	"encoding/binary"

	engine "github.com/cockroachdb/pebble/v2"
)

// The rows of a message are those of the message service, byte for byte in
// length and order; integers are big-endian:
//
//	key                          bytes   value
//	m conv cseq                  25      encoded msgdef.Message
//	i uid useq                   17      conv cseq                       (24)
//	d uid device counter         25      conv cseq useq                  (32)
//
// i stands twice, for the sender and for the receiver.
const (
	messageKeySize = 1 + 16 + 8
	inboxKeySize   = 1 + 8 + 8
	sentKeySize    = 1 + 8 + 8 + 8
	pointerSize    = 16 + 8
	sentSize       = 16 + 8 + 8

	// rowsSize is what a message takes in a batch besides its body, at most.
	rowsSize = messageKeySize + 2*(inboxKeySize+pointerSize) + sentKeySize + sentSize + 4*8 + 80
)

// write adds the rows of s, and encodes it once: into the row.
func (b *batch) write(s *send, p *place) {
	cseq, sender := p.ack.CSeq, s.from.user
	b.message.Body = s.body
	op := b.rows.SetDeferred(messageKeySize, b.message.Size())
	appendName(append(op.Key[:0], 'm'), s, cseq)
	p.message = s.encode(&b.message, op.Value[:0], cseq, p.ack.At)
	b.inbox(s, sender.id, p.ack.USeq, cseq)
	b.inbox(s, s.to.id, p.useq, cseq)

	op = b.rows.SetDeferred(sentKeySize, sentSize)
	key := binary.BigEndian.AppendUint64(append(op.Key[:0], 'd'), sender.id)
	binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(key, s.from.id), s.counter)
	binary.BigEndian.AppendUint64(appendName(op.Value[:0], s, cseq), p.ack.USeq)
}

func (b *batch) inbox(s *send, uid, useq, cseq uint64) {
	op := b.rows.SetDeferred(inboxKeySize, pointerSize)
	key := binary.BigEndian.AppendUint64(append(op.Key[:0], 'i'), uid)
	binary.BigEndian.AppendUint64(key, useq)
	appendName(op.Value[:0], s, cseq)
}

func appendName(dst []byte, s *send, cseq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, s.pair.name[:]...), cseq)
}

// keepRows lets the engine use the memory of batches again.
func keepRows() engine.BatchOption { return engine.WithMaxRetainedSizeBytes(keptArena) }
