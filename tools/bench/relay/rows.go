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

// write makes the rows of all places, table by table as the store does. Sorting
// them besides, so that the engine finds the place of most keys beside their
// predecessors, saved less than runs differ.
func (b *batch) write() {
	for i := range b.places {
		b.writeMessage(&b.places[i])
	}
	for i := range b.places {
		p := &b.places[i]
		b.writeInbox(p, p.from.user.id, p.ack.USeq)
		b.writeInbox(p, p.to.id, p.useq)
	}
	for i := range b.places {
		b.writeSent(&b.places[i])
	}
}

// writeMessage encodes a message once: into its row.
func (b *batch) writeMessage(p *place) {
	m := &b.message
	*m = p.stored(p.pair.name, &p.ack)
	op := b.rows.SetDeferred(messageKeySize, m.Size())
	appendPointer(append(op.Key[:0], 'm'), p)
	p.message = m.Append(op.Value[:0])
}

func (b *batch) writeInbox(p *place, uid, useq uint64) {
	op := b.rows.SetDeferred(inboxKeySize, pointerSize)
	key := binary.BigEndian.AppendUint64(append(op.Key[:0], 'i'), uid)
	binary.BigEndian.AppendUint64(key, useq)
	appendPointer(op.Value[:0], p)
}

func (b *batch) writeSent(p *place) {
	op := b.rows.SetDeferred(sentKeySize, sentSize)
	key := binary.BigEndian.AppendUint64(append(op.Key[:0], 'd'), p.from.user.id)
	binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(key, p.from.id), p.counter)
	binary.BigEndian.AppendUint64(appendPointer(op.Value[:0], p), p.ack.USeq)
}

func appendPointer(dst []byte, p *place) []byte {
	return binary.BigEndian.AppendUint64(append(dst, p.pair.name[:]...), p.ack.CSeq)
}

// keepRows lets the engine use the memory of batches again.
func keepRows() engine.BatchOption { return engine.WithMaxRetainedSizeBytes(keptArena) }
