package push

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// A reference is what the queue carries for a row, 53 bytes, little-endian:
//
//	0        1        9      17       25       33       41          49      53
//	┌────────┬────────┬──────┬────────┬────────┬────────┬───────────┬───────┐
//	│ form=2 │ row id │ uid  │ device │ useq   │ at, ms │ published │ check │
//	└────────┴────────┴──────┴────────┴────────┴────────┴───────────┴───────┘
//
// published is when the row was taken from the outbox, Unix milliseconds. check
// is the CRC-32 (IEEE) of all before it: an nsqd that was killed may hand out the
// head of one message with the tail of another, and a row whose useq or time is
// another's looks obsolete and would be confirmed.
const (
	referenceForm = 2
	referenceBody = 49
	referenceSize = referenceBody + 4
)

var errReference = errors.New("push: not a reference to a row")

func appendReference(dst []byte, row *rpc.PushRow, published time.Time) []byte {
	start := len(dst)
	dst = append(dst, referenceForm)
	dst = row.Append(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(published.UnixMilli()))
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

func parseReference(b []byte) (row rpc.PushRow, published time.Time, err error) {
	if len(b) != referenceSize || b[0] != referenceForm {
		return row, published, errReference
	}
	if binary.LittleEndian.Uint32(b[referenceBody:]) != crc32.ChecksumIEEE(b[:referenceBody]) {
		return row, published, errReference
	}
	if err := row.Decode(b[1:41]); err != nil {
		return row, published, err
	}
	return row, time.UnixMilli(int64(binary.LittleEndian.Uint64(b[41:]))), nil
}
