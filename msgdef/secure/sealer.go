package secure

import (
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// Sealer turns frames into records of one direction. It is not safe for
// concurrent use, but it may be used while another goroutine uses the Opener
// of the same session. Its zero value is dead; a handshake makes it.
type Sealer struct {
	traffic
}

// Append seals frames, whole ones one after another, and appends the records
// to dst: as few as frame boundaries allow. When the key is due it adds a
// KeyUpdate under it first. No frames make no record.
//
// frames is only read and must not overlap the spare capacity of dst. Records
// are appended in place: with room in dst nothing is allocated, and frames of
// up to MaxPlaintext bytes need len(frames) + RecordOverhead of it, unless the
// key is due. now is the time of the call and drives the age of the key.
//
// On error dst comes back as it was, and the Sealer is dead: every later call
// returns the same error, frame.ErrMalformed for frames that are none or too
// long.
func (s *Sealer) Append(dst, frames []byte, now time.Time) ([]byte, error) {
	start := len(dst)
	for s.failure() == nil && len(frames) > 0 {
		var n int
		dst, n = s.appendRecord(dst, frames, now)
		frames = frames[n:]
	}
	if err := s.failure(); err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// appendRecord seals the next record's worth of frames and returns how many
// bytes of them that was.
func (s *Sealer) appendRecord(dst, frames []byte, now time.Time) ([]byte, int) {
	n, err := frame.Split(frames, int(s.most))
	if err != nil {
		_ = s.fail(err) // Append returns it
		return dst, 0
	}
	if s.due(now) {
		dst = s.appendUpdate(dst)
	}
	if s.since == 0 {
		s.since = stamp(now)
	}
	return s.seal(dst, frames[:n]), n
}

// due tells whether the key has carried what it may.
func (s *Sealer) due(now time.Time) bool {
	limits := &s.policy.limits
	return s.aged(now) || uint64(s.records) >= limits.Records || uint64(s.bytes) >= limits.Bytes
}

// appendUpdate ends the key with a KeyUpdate in a record of its own and
// installs the next one.
func (s *Sealer) appendUpdate(dst []byte) []byte {
	var update [frame.HeaderSize]byte
	dst = s.seal(dst, frame.AppendRaw(update[:0], msgdef.TypeKeyUpdate, nil))
	s.install(s.secret.next())
	return dst
}

// seal appends plain as one record.
func (s *Sealer) seal(dst, plain []byte) []byte {
	aead, err := s.wake()
	if err != nil {
		_ = s.fail(err) // Append returns it
		return dst
	}
	length := len(plain) + recordTag
	dst = slices.Grow(dst, recordHeader+length)
	dst = append(dst, byte(length), byte(length>>8))
	header := dst[len(dst)-recordHeader:]
	dst = aead.Seal(dst, aead.nonceOf(s.records), plain, header)
	s.count(len(plain))
	return dst
}
