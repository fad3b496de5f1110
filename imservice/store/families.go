package store

import (
	"fmt"
	"math"
	"time"
)

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

	// Since is the account's generation as of the login that began the family: what
	// is of an earlier one was proven before, to another family. AnyGeneration
	// stands for one that is not known.
	Since uint64

	// Tokens are at least one. The first is the one in use; the others were given
	// for it, oldest first, and not used yet.
	Tokens []Token
}

// Check says what of a family has no place in a row.
func (f *Family) Check() error {
	if n := len(f.Tokens); n == 0 || n > MaxFamilyTokens {
		return fmt.Errorf("store: a family of %d tokens cannot be stored", n)
	}
	return nil
}

// Expires is when the last of the tokens does.
func (f *Family) Expires() (last time.Time) {
	for _, t := range f.Tokens {
		if t.Expires.After(last) {
			last = t.Expires
		}
	}
	return last
}

// Instant makes a time of Unix milliseconds, of which 0 is the zero time. It is how
// rows keep a time that need not be known.
func Instant(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(at).UTC()
}

// Millis is what Instant reads.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// AnyGeneration is the Since of families that were kept before it was. No login
// is of as late a generation.
const AnyGeneration = math.MaxUint64

// MaxFamilyTokens is how many tokens a family has at most.
const MaxFamilyTokens = 8

// Families keeps the tokens of devices, one family each. Changes are durable
// when the call returns; those of one user come one after another, together
// with those of Verdicts.
type Families interface {
	// FamilyByID returns ErrNotFound when there is none; expiry is the caller's
	// to check. The tokens belong to the caller.
	FamilyByID(id [32]byte) (Family, error)

	// FamilyOf returns Since of a device's family and when its last token expires,
	// or ErrNotFound.
	FamilyOf(uid, device uint64) (since uint64, expires time.Time, err error)

	// PutFamily stores a family in the place of the device's old one, and drops
	// the user's expired ones and, above limit, those that expire first. The new
	// one always stays; a limit below 1 counts as 1.
	PutFamily(family Family, limit int, now time.Time) error
}
