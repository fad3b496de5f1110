package secure

import (
	"crypto/cipher"
	"encoding/binary"
)

// traffic is the state of one direction: its secret and how far its key is
// used. Sealer and Opener embed it.
//
// The counter lives here and never in a cipher, so the cipher can be dropped
// and made again at any time. What an idle session keeps is small, since a gate
// has a million of them.
type traffic struct {
	limits *Limits // shared
	secret secret
	cipher *directionCipher // nil while parked
	err    error            // the first failure; the direction is dead from then on

	records uint32 // under this key; the number of the next record
	bytes   uint32 // of plaintext under this key
	most    uint16 // bytes of plaintext in a record
	suite   Suite
}

// directionCipher is what one key needs while there are records: more than 1 KiB
// for AES-GCM.
type directionCipher struct {
	cipher.AEAD
	iv    [12]byte
	nonce [12]byte // scratch of next; here so that it need not be allocated
}

// install starts a new key from s.
func (t *traffic) install(s secret) {
	t.secret = s
	t.cipher = nil
	t.records, t.bytes = 0, 0
}

// Park drops the cipher, more than 1 KiB for AES-GCM, which the next record
// makes again in about a microsecond. Call it on directions that fell idle.
func (t *traffic) Park() { t.cipher = nil }

// wake returns the cipher of the current key.
func (t *traffic) wake() (*directionCipher, error) {
	if t.cipher != nil {
		return t.cipher, nil
	}
	key := t.secret.key()
	aead, err := t.suite.aead(key[:])
	clear(key[:])
	if err != nil {
		return nil, err
	}
	t.cipher = &directionCipher{AEAD: aead, iv: t.secret.iv()}
	return t.cipher, nil
}

// nonceOf returns the IV with its last 8 bytes xored with the number of a
// record, big-endian. It is valid until the next call.
func (c *directionCipher) nonceOf(record uint32) []byte {
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
	if t.err == nil {
		t.secret, t.cipher = secret{}, nil
		t.err = err
	}
	return t.err
}
