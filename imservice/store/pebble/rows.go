package pebble

import (
	"bytes"
	"encoding/binary"

	engine "github.com/cockroachdb/pebble/v2"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// Lengths of values in bytes; keys.go draws them.
const (
	numberSize     = 8
	pointerSize    = 16 + 8
	sentSize       = 16 + 8 + 8
	deviceSize     = 8 + 8
	tokenSize      = 8 + 8
	familyOfSize   = 32 + 8 + 8
	familyOfBefore = 32 + 8        // the same, before there was Since
	familyFixed    = 8 + 8 + 8 + 8 // of a family row, before the tokens
	familyBefore   = 8 + 8 + 8     // the same, before there was Since
	familyToken    = 32 + 8 + 8
	standingFixed  = 8 + 1 + 8 // of a standing row, before the reason
	evictionFixed  = 8 + 8 + 2 // of an eviction row, before the detail and who stays
	placeFixed     = 8 + 8 + 1 // of who stays, before the gate
	outboxSize     = 4 * 8
	outboxNamed    = outboxSize + pointerSize // of an outbox row without useq
	pushFixed      = 8 + 1                    // of a push row, before the token
	ownerSize      = 8 + 8
	deletionSize   = 1 + 8

	conversationFloorSize = 8 + 8 + 8
)

// The set functions write a row into the memory of the batch: no buffer in
// between. The slices the engine hands out have exactly the length asked for.

func setMessage(batch *engine.Batch, row *store.MessageRow) {
	op := batch.SetDeferred(messageKeySize, len(row.Bytes))
	appendMessageKey(op.Key[:0], row.Conv, row.CSeq)
	copy(op.Value, row.Bytes)
}

func setInbox(batch *engine.Batch, row *store.InboxRow) {
	op := batch.SetDeferred(inboxKeySize, pointerSize)
	appendInboxKey(op.Key[:0], row.UID, row.USeq)
	appendPointer(op.Value[:0], row.Conv, row.CSeq)
}

func setSent(batch *engine.Batch, row *store.SentRow) {
	op := batch.SetDeferred(sentKeySize, sentSize)
	appendSentKey(op.Key[:0], row.UID, row.Device, row.Counter)
	value := appendPointer(op.Value[:0], row.Conv, row.CSeq)
	binary.BigEndian.AppendUint64(value, row.USeq)
}

func setRead(batch *engine.Batch, row *store.ReadRow) {
	op := batch.SetDeferred(readKeySize, numberSize)
	appendReadKey(op.Key[:0], row.UID, row.Conv)
	binary.BigEndian.PutUint64(op.Value, row.CSeq)
}

func setOutbox(batch *engine.Batch, row *store.OutboxRow) {
	size := outboxSize
	if row.USeq == 0 {
		size = outboxNamed
	}
	op := batch.SetDeferred(outboxKeySize, size)
	appendOutboxKey(op.Key[:0], row.ID)
	appendOutbox(op.Value[:0], row)
}

// appendOutbox appends the value of an outbox row:
//
//	0        8  uid
//	8        8  device
//	16       8  useq
//	24       8  at, Unix milliseconds
//	32      24  conv and cseq, when useq is 0
func appendOutbox(dst []byte, row *store.OutboxRow) []byte {
	dst = binary.BigEndian.AppendUint64(dst, row.UID)
	dst = binary.BigEndian.AppendUint64(dst, row.Device)
	dst = binary.BigEndian.AppendUint64(dst, row.USeq)
	dst = binary.BigEndian.AppendUint64(dst, uint64(row.At))
	if row.USeq == 0 {
		dst = appendPointer(dst, row.Conv, row.CSeq)
	}
	return dst
}

// decodeOutbox reads the value of an outbox row into all but its id.
func decodeOutbox(value []byte) (row store.OutboxRow, ok bool) {
	if len(value) != outboxSize && len(value) != outboxNamed {
		return row, false
	}
	row.UID = binary.BigEndian.Uint64(value)
	row.Device = binary.BigEndian.Uint64(value[8:])
	row.USeq = binary.BigEndian.Uint64(value[16:])
	row.At = int64(binary.BigEndian.Uint64(value[24:]))
	row.Conv, row.CSeq, ok = decodePointer(value[outboxSize:])
	return row, ok == (row.USeq == 0)
}

// appendPush appends the value of a push row:
//
//	0        8  set, Unix milliseconds
//	8        1  provider
//	9           token, to the end
func appendPush(dst []byte, t store.PushToken) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Set))
	return append(append(dst, byte(t.Provider)), t.Token...)
}

// decodePush reads the value of a push row, copying the token.
func decodePush(value []byte) (t store.PushToken, ok bool) {
	if len(value) <= pushFixed {
		return t, false
	}
	t.Set = int64(binary.BigEndian.Uint64(value))
	t.Provider = msgdef.PushProvider(value[8])
	t.Token = bytes.Clone(value[pushFixed:])
	return t, true
}

func appendOwner(dst []byte, uid, device uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, uid), device)
}

func appendDevice(dst []byte, row store.DeviceRow) []byte {
	dst = binary.BigEndian.AppendUint64(dst, row.Cursor)
	return binary.BigEndian.AppendUint64(dst, uint64(row.Seen))
}

func appendPointer(dst []byte, conv msgdef.Conversation, cseq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, conv[:]...), cseq)
}

func decodePointer(value []byte) (conv msgdef.Conversation, cseq uint64, ok bool) {
	if len(value) != pointerSize {
		return conv, 0, false
	}
	return msgdef.Conversation(value[:16]), binary.BigEndian.Uint64(value[16:]), true
}

func decodeSent(value []byte) (row store.SentRow, ok bool) {
	if len(value) != sentSize {
		return row, false
	}
	row.Conv, row.CSeq, _ = decodePointer(value[:pointerSize])
	row.USeq = binary.BigEndian.Uint64(value[pointerSize:])
	return row, true
}

// decodeDevice reads the value of a device row into its cursor and date.
func decodeDevice(value []byte) (row store.DeviceRow, ok bool) {
	if len(value) != deviceSize {
		return row, false
	}
	row.Cursor = binary.BigEndian.Uint64(value)
	row.Seen = int64(binary.BigEndian.Uint64(value[8:]))
	return row, true
}

// appendAccount appends the value of an account row:
//
//	0        8  created, Unix milliseconds
//	8        2  length n of the name
//	10       n  name
//	10+n        password, to the end
func appendAccount(dst []byte, a store.Account) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(a.Created))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(a.Name)))
	dst = append(dst, a.Name...)
	return append(dst, a.Password...)
}

func decodeAccount(value []byte) (a store.Account, ok bool) {
	const fixed = 8 + 2
	if len(value) < fixed {
		return a, false
	}
	name := int(binary.BigEndian.Uint16(value[8:]))
	if len(value) < fixed+name {
		return a, false
	}
	a.Created = int64(binary.BigEndian.Uint64(value))
	a.Name = string(value[fixed : fixed+name])
	a.Password = string(value[fixed+name:])
	return a, true
}
