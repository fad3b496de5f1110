package store

import (
	"fmt"

	"github.com/sim-im/sim/msgdef"
)

// SignInRow is a session of a user, under (UID, Began, Conn, Gate).
type SignInRow struct {
	UID      uint64
	Began    int64 // Unix milliseconds, not negative
	Conn     uint64
	Gate     string // at most 255 bytes
	Life     uint64 // in which the gate told of it last
	Device   uint64
	Platform msgdef.Platform
	Address  string // at most 255 bytes
	Ended    int64  // Unix milliseconds; 0 while it lasts
	End      msgdef.SessionEnd
}

// SignInPlace is where a sign-in stands among its user's, which are in ascending order
// of all three.
type SignInPlace struct {
	Began int64
	Conn  uint64
	Gate  string
}

// Place returns where the row stands.
func (r *SignInRow) Place() SignInPlace { return SignInPlace{r.Began, r.Conn, r.Gate} }

// Check says what of a sign-in has no place in a row.
func (r *SignInRow) Check() error {
	if n := max(len(r.Gate), len(r.Address)); n > 255 || r.Began < 0 {
		return fmt.Errorf("store: a sign-in of %d bytes at %d cannot be stored", n, r.Began)
	}
	return nil
}

// GateLife is what is known of a life of a gate's log.
type GateLife struct {
	Gate string // at most 255 bytes
	Life uint64
	Seen int64 // Unix milliseconds; when it was heard of last
}

// SignIns keeps who was online.
type SignIns interface {
	// KeepSignIns stores lives of gates and sign-ins, durably. Of a life the later
	// Seen stays, of a sign-in the row that has ended, else the later one. None is
	// twice in a call. See Deletions of whom it keeps none.
	KeepSignIns(lives []GateLife, rows []SignInRow) error

	// SignIns appends a user's sign-ins before a place, that which began last first, at
	// most limit; the zero place is behind the newest. One without a gate is before those
	// of all gates.
	SignIns(dst []SignInRow, uid uint64, before SignInPlace, limit int) ([]SignInRow, error)

	// SignedIn appends users above after who have sign-ins, ascending, at most limit.
	SignedIn(dst []uint64, after uint64, limit int) ([]uint64, error)

	// DropSignIns removes a user's sign-ins that began before a time, and of the
	// others all but the newest keep, without waiting for durability. It returns how
	// many.
	DropSignIns(uid uint64, before int64, keep int) (int, error)

	// GateLife returns a life of a gate, the newest one for 0, or ErrNotFound.
	GateLife(gate string, life uint64) (GateLife, error)

	// DropGateLives removes the lives that were heard of before a time last, without
	// waiting for durability.
	DropGateLives(before int64) error
}
