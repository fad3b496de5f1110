package secure

import (
	"crypto/cipher"
	"encoding/binary"
)

// traffic is the state of one direction: its secret and how far its key is
// used. Sealer and Opener embed it.
//
// The counter lives here and never in a cipher, so the cipher can be dropped
// and made again at any time.
type traffic struct {
	suite  Suite
	limits Limits
	most   int // bytes of plaintext in a record
	secret secret
	aead   cipher.AEAD // nil while parked
	iv     [12]byte
	nonce  [12]byte // scratch of currentNonce; here so that it need not be allocated

	records uint64 // under this key; the number of the next record
	bytes   uint64 // of plaintext under this key

	err error // the first failure; the direction is dead from then on
}

// install starts a new key from s.
func (t *traffic) install(s secret) {
	t.secret = s
	t.iv = s.iv()
	t.aead = nil
	t.records, t.bytes = 0, 0
}

// Park drops the cipher, more than 1 KiB for AES-GCM, which the next record
// makes again in about a microsecond. Call it on directions that fell idle.
func (t *traffic) Park() { t.aead = nil }

// cipher returns the AEAD of the current key.
func (t *traffic) cipher() (cipher.AEAD, error) {
	if t.aead != nil {
		return t.aead, nil
	}
	key := t.secret.key()
	aead, err := t.suite.aead(key[:])
	clear(key[:])
	t.aead = aead
	return aead, err
}

// currentNonce returns the IV with its last 8 bytes xored with the number of
// the record, big-endian. It is valid until the next call.
func (t *traffic) currentNonce() []byte {
	low := binary.BigEndian.Uint64(t.iv[4:])
	copy(t.nonce[:4], t.iv[:4])
	binary.BigEndian.PutUint64(t.nonce[4:], low^t.records)
	return t.nonce[:]
}

// count notes a record of n bytes of plaintext.
func (t *traffic) count(n int) {
	t.records++
	t.bytes += uint64(n)
}

// fail ends the direction for good and forgets its keys.
func (t *traffic) fail(err error) error {
	if t.err == nil {
		t.secret, t.aead = secret{}, nil
		t.err = err
	}
	return t.err
}
