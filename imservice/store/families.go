package store

import "time"

// Token is a proof that a login succeeded before. Only its hash is kept.
type Token struct {
	Hash    [32]byte  // SHA-256 of the token
	Issued  time.Time // millisecond precision; zero in stores made before there were families
	Expires time.Time // millisecond precision
}

// Family is the token of a device, and what it was exchanged for.
type Family struct {
	ID     [32]byte // SHA-256 of the part that all tokens of the family begin with
	UID    uint64
	Device uint64    // 0 of a token that was kept before there were families: it is nobody's yet
	Used   time.Time // millisecond precision; when the first of Tokens became the one in use; zero: it always was

	// Tokens are at least one. The first is the one in use; the others were given
	// for it, oldest first, and not used yet.
	Tokens []Token
}

// MaxFamilyTokens is how many tokens a family has at most.
const MaxFamilyTokens = 8

// Families keeps the tokens of devices, one family each. Changes are durable
// when the call returns; those of one user come one after another, together
// with those of Verdicts.
type Families interface {
	// FamilyByID returns ErrNotFound when there is none; expiry is the caller's
	// to check. The tokens belong to the caller.
	FamilyByID(id [32]byte) (Family, error)

	// FamilyExpires returns when the last token of a device does, or ErrNotFound.
	FamilyExpires(uid, device uint64) (time.Time, error)

	// PutFamily stores a family in the place of the device's old one, and drops
	// the user's expired ones and, above limit, those that expire first. The new
	// one always stays; a limit below 1 counts as 1.
	PutFamily(family Family, limit int, now time.Time) error
}
