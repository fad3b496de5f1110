package bench

import (
	"encoding/binary"
	"fmt"
	"time"
)

// The bytes of a body, integers little-endian:
//
//	0   8  number  the sender's count of messages in this run, from 1
//	8   8  due     when the message should leave, Unix nanoseconds
//	16  n  zeros up to the wanted size
const minBody = 16

// appendBody appends a body of size bytes.
func appendBody(dst []byte, number uint64, due time.Time, size int) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, number)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(due.UnixNano()))
	return append(dst, make([]byte, size-minBody)...)
}

// parseBody returns what appendBody wrote.
func parseBody(b []byte) (number uint64, due time.Time, err error) {
	if len(b) < minBody {
		return 0, time.Time{}, fmt.Errorf("bench: body of %d bytes, want at least %d", len(b), minBody)
	}
	return binary.LittleEndian.Uint64(b), time.Unix(0, int64(binary.LittleEndian.Uint64(b[8:]))), nil
}
