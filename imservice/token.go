package imservice

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"

	"github.com/sim-im/sim/imservice/store"
)

// A token is
//
//	0       32  family, random, the same in all tokens of one login by password
//	32      32  secret, random
//
// and one from before there were families is 32 bytes, which are both. The store
// has SHA-256 of the family and of the whole, so whoever reads it cannot log in;
// and since what is looked up is a hash, the time of the look-up tells nothing
// of the token.
const (
	familySize = 32
	secretSize = 32
)

// hashes returns what the store knows a token by. It reports whether it can be
// a token at all.
func hashes(token []byte) (family, whole [32]byte, ok bool) {
	if n := len(token); n != familySize && n != familySize+secretSize {
		return family, whole, false
	}
	return sha256.Sum256(token[:familySize]), sha256.Sum256(token), true
}

// nextToken returns another token of the family that one belongs to, or the
// first of a new family for nil.
func nextToken(of []byte) (token []byte, row store.Token) {
	if of == nil {
		of = newSecret(familySize)
	}
	token = append(bytes.Clone(of[:familySize]), newSecret(secretSize)...)
	return token, store.Token{Hash: sha256.Sum256(token)}
}

// newSecret returns n random bytes.
func newSecret(n int) []byte {
	secret := make([]byte, n)
	rand.Read(secret) // never fails
	return secret
}
