package msgdef

import (
	"encoding/binary"
	"hash/fnv"
)

// Fingerprint identifies a row of an inbox, so that a cursor from a store that
// has lost or replaced that row is noticed. It is FNV-1a (64 bit) over
// conv ‖ cseq ‖ at, the integers little-endian; never 0.
func Fingerprint(conv Conversation, cseq uint64, at int64) uint64 {
	var b [32]byte
	copy(b[:], conv[:])
	binary.LittleEndian.PutUint64(b[16:], cseq)
	binary.LittleEndian.PutUint64(b[24:], uint64(at))
	h := fnv.New64a()
	h.Write(b[:])
	return max(h.Sum64(), 1)
}
