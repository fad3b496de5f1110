package secure

import (
	"crypto/cipher"
	"encoding/binary"
	"time"
)

// traffic is the state of one direction: its secret and how far its key is
// used. Sealer and Opener embed it.
//
// The counter lives here and never in a cipher, so the cipher can be dropped
// and made again at any time. What an idle session keeps is small, since a gate
// has a million of them.
type traffic struct {
	policy *policy // shared
	secret secret
	work   *work // nil while parked

	records uint32 // under this key; the number of the next record
	bytes   uint32 // of plaintext under this key
	since   uint32 // when the first record under this key was sealed, see stamp; 0 before it
	most    uint16 // bytes of plaintext in a record
	suite   Suite
	codec   Codec // of the frames
}

// work is what a direction needs while there are records, more than 1 KiB for
// AES-GCM, and what stays of one that failed.
type work struct {
	cipher.AEAD // nil after err
	iv          [12]byte
	nonce       [12]byte // scratch of nonceOf; here so that it need not be allocated
	unread      []byte   // of the last record's plaintext; aliases the caller's buffer
	err         error    // the first failure; the direction is dead from then on
}

// install starts a new key from s, and its age with its first record.
func (t *traffic) install(s secret) {
	t.secret = s
	t.work = nil
	t.records, t.bytes, t.since = 0, 0, 0
}

// Park drops the cipher, more than 1 KiB for AES-GCM, which the next record
// makes again in about a microsecond. Call it on directions that fell idle; it
// does nothing while there are frames to read, and to a direction that failed.
func (t *traffic) Park() {
	if w := t.work; w != nil && w.err == nil && len(w.unread) == 0 {
		t.work = nil
	}
}

// failure returns the first failure; nil while the direction lives.
func (t *traffic) failure() error {
	if t.work == nil {
		return nil
	}
	return t.work.err
}

// stamp is a time in milliseconds, modulo 49 days, and never 0. An age that is
// wrong, because clocks were set, means a new key too early.
func stamp(t time.Time) uint32 { return max(uint32(t.UnixMilli()), 1) }

// aged tells whether the key has been in use for as long as it may.
func (t *traffic) aged(now time.Time) bool {
	return t.since != 0 && time.Duration(stamp(now)-t.since)*time.Millisecond >= t.policy.limits.Age
}

// wake returns the cipher of the current key. The direction lives.
func (t *traffic) wake() (*work, error) {
	if t.work != nil {
		return t.work, nil
	}
	key := t.secret.key()
	aead, err := t.suite.aead(key[:])
	clear(key[:])
	if err != nil {
		return nil, err
	}
	t.work = &work{AEAD: aead, iv: t.secret.iv()}
	return t.work, nil
}

// nonceOf returns the IV with its last 8 bytes xored with the number of a
// record, big-endian. It is valid until the next call.
func (c *work) nonceOf(record uint32) []byte {
	low := binary.BigEndian.Uint64(c.iv[4:])
	copy(c.nonce[:4], c.iv[:4])
	binary.BigEndian.PutUint64(c.nonce[4:], low^uint64(record))
	return c.nonce[:]
}

// count notes a record of n bytes of plaintext. Limits are far below what the
// numbers hold.
func (t *traffic) count(n int) {
	t.records++
	t.bytes += uint32(n)
}

// fail ends the direction for good and forgets its keys.
func (t *traffic) fail(err error) error {
	if first := t.failure(); first != nil {
		return first
	}
	t.secret = secret{}
	if t.work == nil {
		t.work = new(work)
	}
	*t.work = work{err: err}
	return err
}
