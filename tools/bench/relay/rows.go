package relay

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/msgdef"
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

// inboxRow is a row of table i.
type inboxRow struct {
	uid, useq uint64
	place     *place
}

// write makes the rows of all places, table by table in the order of their
// keys: the engine inserts a key behind its predecessor for a fraction of what
// finding a place costs.
func (b *batch) write() {
	for i := range b.places {
		p := &b.places[i]
		b.order = append(b.order, p)
		b.inbox = append(b.inbox, inboxRow{p.from.user.id, p.ack.USeq, p}, inboxRow{p.to.id, p.useq, p})
	}
	slices.SortFunc(b.order, comparePlaces)
	slices.SortFunc(b.inbox, compareInbox)
	for _, p := range b.order {
		b.writeMessage(p)
	}
	for i := range b.inbox {
		b.writeInbox(&b.inbox[i])
	}
	for i := range b.inbox {
		if r := &b.inbox[i]; r.uid == r.place.from.user.id {
			b.writeSent(r.place)
		}
	}
}

// comparePlaces puts messages in the order of table m.
func comparePlaces(x, y *place) int {
	if x.pair == y.pair {
		return cmp.Compare(x.ack.CSeq, y.ack.CSeq)
	}
	return bytes.Compare(x.pair.name[:], y.pair.name[:])
}

func compareInbox(x, y inboxRow) int {
	if x.uid == y.uid {
		return cmp.Compare(x.useq, y.useq)
	}
	return cmp.Compare(x.uid, y.uid)
}

// writeMessage encodes a message once: into its row.
func (b *batch) writeMessage(p *place) {
	m := &b.message
	*m = msgdef.Message{
		Conv: p.pair.name, CSeq: p.ack.CSeq, From: p.from.user.id, Device: p.from.id, Counter: p.counter,
		At: p.ack.At, Kind: p.kind, Body: p.body,
	}
	op := b.rows.SetDeferred(messageKeySize, m.Size())
	appendPointer(append(op.Key[:0], 'm'), p)
	p.message = m.Append(op.Value[:0])
}

func (b *batch) writeInbox(r *inboxRow) {
	op := b.rows.SetDeferred(inboxKeySize, pointerSize)
	key := binary.BigEndian.AppendUint64(append(op.Key[:0], 'i'), r.uid)
	binary.BigEndian.AppendUint64(key, r.useq)
	appendPointer(op.Value[:0], r.place)
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
