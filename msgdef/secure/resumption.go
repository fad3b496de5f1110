package secure

import (
	"crypto/cipher"
	"crypto/sha256"

	"github.com/cloudflare/circl/dh/x25519"
)

// resumption is a gate's side of Noise NNpsk0. It is not the library's, which
// allocates 150 objects for it, as resuming is to be cheap; a client's side is,
// so each handshake holds the two against each other. The names are those of the
// Noise specification, revision 34:
//
//	-> psk, e      mixKeyAndHash(psk), mixHash(e), mixKey(e), open
//	<- e, ee       mixHash(e), mixKey(e), mixKey(DH), seal, split
//
// Each key seals or opens one message, so nonces are 0.
type resumption struct {
	suite    Suite
	ck, h, k secret
	peer     x25519.Key // the client's ephemeral key, from open on
}

// newResumption starts from the prologue and the secret of the ticket.
func newResumption(suite Suite, prologue []byte, psk secret) resumption {
	r := resumption{suite: suite}
	name := "Noise_NNpsk0_25519_" + ciphers{suite}.CipherName() + "_SHA256"
	if len(name) <= len(r.h) {
		copy(r.h[:], name)
	} else {
		r.h = sha256.Sum256([]byte(name))
	}
	r.ck = r.h
	r.mixHash(prologue)
	r.mixKeyAndHash(psk[:])
	return r
}

func (r *resumption) mixHash(data []byte) {
	h := sha256.New()
	h.Write(r.h[:])
	h.Write(data)
	h.Sum(r.h[:0])
}

func (r *resumption) mixKey(input []byte) {
	temp := r.ck.mac(input)
	r.ck = temp.mac([]byte{1})
	r.k = temp.mac(r.ck[:], []byte{2})
}

func (r *resumption) mixKeyAndHash(input []byte) {
	temp := r.ck.mac(input)
	r.ck = temp.mac([]byte{1})
	hash := temp.mac(r.ck[:], []byte{2})
	r.k = temp.mac(hash[:], []byte{3})
	r.mixHash(hash[:])
}

// split returns the keys of the two directions, the client's first.
func (r *resumption) split() (k1, k2 secret) {
	temp := r.ck.mac()
	k1 = temp.mac([]byte{1})
	return k1, temp.mac(k1[:], []byte{2})
}

// open reads message 1, of at least minResume bytes, and returns its payload.
func (r *resumption) open(message []byte) ([]byte, error) {
	r.peer = x25519.Key(message)
	r.mixHash(r.peer[:])
	r.mixKey(r.peer[:])
	aead, nonce, err := r.aead()
	if err != nil {
		return nil, err
	}
	sealed := message[len(r.peer):]
	payload, err := aead.Open(nil, nonce, sealed, r.h[:])
	r.mixHash(sealed)
	return payload, err
}

// seal appends message 2 to dst, with a key that it uses up. A client's key of low
// order is an error.
func (r *resumption) seal(dst, payload []byte, pair *keyPair) ([]byte, error) {
	r.mixHash(pair.public[:])
	r.mixKey(pair.public[:])
	var shared x25519.Key
	if !x25519.Shared(&shared, &pair.private, &r.peer) {
		return nil, errLowOrder
	}
	r.mixKey(shared[:])
	aead, nonce, err := r.aead()
	if err != nil {
		return nil, err
	}
	dst = append(dst, pair.public[:]...)
	start := len(dst)
	dst = aead.Seal(dst, nonce, payload, r.h[:])
	r.mixHash(dst[start:])
	return dst, nil
}

// aead returns the cipher of the next message.
func (r *resumption) aead() (cipher.AEAD, []byte, error) {
	aead, err := r.suite.aead(r.k[:])
	if err != nil {
		return nil, nil, err
	}
	return aead, make([]byte, aead.NonceSize()), nil
}
