package store

import (
	"fmt"
	"math"

	"github.com/sim-im/sim/msgdef"
)

// Standing is what was decided about an account. The zero value is that of an
// account about which nothing was.
type Standing struct {
	Generation uint64 // grows with every decision; see Family.Since for what was proven before
	Banned     bool
	Removed    bool
	Until      int64  // of the ban, Unix milliseconds; 0 for good
	Reason     string // of the ban, at most 65535 bytes
}

// Verdict is a decision about an account. Its rows are committed together.
type Verdict struct {
	UID      uint64
	Standing Standing // in the place of the one before

	Families bool    // families go, of Device or of all devices
	Device   uint64  // 0 for all
	Family   *Family // stored after those went; nil for none
	Password *string // hash in the place of the account's, "" for none; nil leaves it
	Eviction Eviction

	// Deletion is nil, or what is left to do of the account, which is removed: see
	// Deletions.
	Deletion *Deletion
}

// Check says what of a verdict has no place in a row.
func (v *Verdict) Check() error {
	if n := max(len(v.Standing.Reason), len(v.Eviction.Detail)); n > math.MaxUint16 {
		return fmt.Errorf("store: a reason of %d bytes cannot be stored", n)
	}
	if n := len(v.Eviction.Stays.Gate); n > math.MaxUint8 {
		return fmt.Errorf("store: the name of a gate of %d bytes cannot be stored", n)
	}
	if v.Family != nil {
		return v.Family.Check()
	}
	return nil
}

// Eviction is sessions that are still to be ended, those of (UID, Device) that
// are older than Generation. A later one of the same takes its place; one with
// the generation 0 is none.
type Eviction struct {
	UID        uint64
	Device     uint64 // 0 for all
	Generation uint64
	Code       msgdef.ErrorCode
	Detail     string // at most 65535 bytes
	At         int64  // Unix milliseconds
	Stays      Place
}

// Place is a connection that an eviction leaves alone; the zero value is none.
type Place struct {
	Device uint64
	Gate   string // at most 255 bytes
	Conn   uint64 // never used again by a process of Gate
}

// Verdicts keeps decisions about accounts, and what is left to do about them.
type Verdicts interface {
	// Standing returns what was decided about an account, of which there need be
	// none.
	Standing(uid uint64) (Standing, error)

	// PutVerdict commits a verdict about an account that there is, durably.
	PutVerdict(Verdict) error

	// Evictions lists those that were not dropped, at most limit.
	Evictions(limit int) ([]Eviction, error)

	// DropEvictions forgets evictions that have no later one in their place,
	// without waiting for durability: a power cut may bring them back.
	DropEvictions([]Eviction) error
}
