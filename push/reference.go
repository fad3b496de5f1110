package push

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// A reference is what the queue carries for a row, 49 bytes, little-endian:
//
//	0        1        9      17       25       33       41          49
//	┌────────┬────────┬──────┬────────┬────────┬────────┬───────────┐
//	│ form=1 │ row id │ uid  │ device │ useq   │ at, ms │ published │
//	└────────┴────────┴──────┴────────┴────────┴────────┴───────────┘
//
// published is when the row was taken from the outbox, Unix milliseconds.
const (
	referenceForm = 1
	referenceSize = 49
)

var errReference = errors.New("push: not a reference to a row")

func appendReference(dst []byte, row *rpc.PushRow, published time.Time) []byte {
	dst = append(dst, referenceForm)
	dst = row.Append(dst)
	return binary.LittleEndian.AppendUint64(dst, uint64(published.UnixMilli()))
}

func parseReference(b []byte) (row rpc.PushRow, published time.Time, err error) {
	if len(b) != referenceSize || b[0] != referenceForm {
		return row, published, errReference
	}
	if err := row.Decode(b[1:41]); err != nil {
		return row, published, err
	}
	return row, time.UnixMilli(int64(binary.LittleEndian.Uint64(b[41:]))), nil
}
