package client

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// A file of queued messages is a line that says what it is, and records behind
// one another; numbers are little-endian, sums are CRC-32C:
//
//	0      4        8          12         16
//	┌──────┬────────┬──────────┬──────────┬──────────────┐
//	│ mark │ length │ sum of   │ sum of   │ payload, of  │
//	│      │        │ those 8  │ payload  │ length bytes │
//	└──────┴────────┴──────────┴──────────┴──────────────┘
//
//	payload  1 ‖ time queued, Unix ms ‖ device ‖ msgdef.Send    a message
//	         2 ‖ counter                                        it is dropped
//	         3 ‖ until, Unix ms ‖ as 1 from the time queued on  a message with a time of its own
//
// The head has a sum of its own: a length that cannot be true is damage, and a
// record that the file is too short for was cut by a crash.
const (
	queueLine   = "sim queue 1\n"
	queueMark   = "\xa5Q\x5aq"
	queueHead   = 16
	queueRecord = 1 + 8 + 8 + 8 + 64 + msgdef.MaxBody + 1024 // longest payload; a Send is its body, its Extra and less than 64 bytes

	queueMessage = 1
	queueDropped = 2
	queueUntil   = 3
)

// Why a record cannot be read.
var (
	errCut     = errors.New("is cut short")
	errDamaged = errors.New("is damaged")
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) } // made once, inside

// appendRecord puts a head before a payload.
func appendRecord(dst, payload []byte) []byte {
	start := len(dst)
	dst = append(dst, queueMark...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload)))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli()))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(payload, castagnoli()))
	return append(dst, payload...)
}

func appendQueued(dst []byte, q *Queued) []byte {
	payload := []byte{queueMessage}
	if !q.Until.IsZero() {
		payload = binary.LittleEndian.AppendUint64([]byte{queueUntil}, uint64(q.Until.UnixMilli()))
	}
	payload = binary.LittleEndian.AppendUint64(payload, uint64(q.At.UnixMilli()))
	payload = binary.LittleEndian.AppendUint64(payload, q.Device)
	send := msgdef.Send{Counter: q.Counter, Conv: q.Conv, Kind: q.Kind, Body: q.Body, Extra: q.Extra}
	return appendRecord(dst, send.Append(payload))
}

func appendDropped(dst []byte, counter uint64) []byte {
	return appendRecord(dst, binary.LittleEndian.AppendUint64([]byte{queueDropped}, counter))
}

// readRecord returns the payload at the start of b. The error is errCut when b
// is the beginning of a record, or nothing but zeros, which is what a power cut
// leaves of one; otherwise errDamaged.
func readRecord(b []byte) (payload []byte, err error) {
	if len(b) < queueHead {
		if zeros(b) || bytes.HasPrefix([]byte(queueMark), b[:min(len(b), len(queueMark))]) {
			return nil, errCut
		}
		return nil, errDamaged
	}
	if zeros(b) {
		return nil, errCut
	}
	length := binary.LittleEndian.Uint32(b[4:])
	if crc32.Checksum(b[:8], castagnoli()) != binary.LittleEndian.Uint32(b[8:]) || length > queueRecord {
		return nil, errDamaged
	}
	payload = b[queueHead:]
	if uint32(len(payload)) < length {
		return nil, errCut
	}
	payload = payload[:length]
	if crc32.Checksum(payload, castagnoli()) != binary.LittleEndian.Uint32(b[12:]) {
		return nil, errDamaged
	}
	return payload, nil
}

func zeros(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// parseMessage reads the payload of a message.
func parseMessage(payload []byte) (*Queued, error) {
	if payload[0] != queueUntil {
		return parseQueued(payload[1:])
	}
	if len(payload) < 9 {
		return nil, fmt.Errorf("%w: a message of %d bytes", errDamaged, len(payload))
	}
	q, err := parseQueued(payload[9:])
	if err == nil {
		q.Until = time.UnixMilli(int64(binary.LittleEndian.Uint64(payload[1:])))
	}
	return q, err
}

// parseQueued reads what all messages have.
func parseQueued(b []byte) (*Queued, error) {
	if len(b) < 16 {
		return nil, fmt.Errorf("%w: a message of %d bytes", errDamaged, len(b))
	}
	var send msgdef.Send
	if err := send.Decode(b[16:]); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return &Queued{
		At:     time.UnixMilli(int64(binary.LittleEndian.Uint64(b))),
		Device: binary.LittleEndian.Uint64(b[8:]), Counter: send.Counter,
		Conv: send.Conv, Kind: send.Kind, Body: send.Body, Extra: send.Extra,
	}, nil
}
