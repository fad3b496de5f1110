package store

import (
	"golang.org/x/text/unicode/norm"

	"github.com/sim-im/sim/msgdef"
)

// mostFound is the greatest length in bytes of a name that people are found by.
const mostFound = 1024

// ProfileRow is how a user shows themself. It replaces the row before it. Account is
// empty.
type ProfileRow struct {
	msgdef.UserProfile
	Was string // what the user could be found by before, beside their account; empty for nothing
}

// Found is what the user can be found by beside their account; empty for nothing.
func (p *ProfileRow) Found() string {
	if p.Profile.Hidden {
		return ""
	}
	return Findable(p.Profile.Name)
}

// Findable is a name in the form that people are found by: in normal form C and
// folded. It is empty for one that is too long.
func Findable(name string) string {
	if name = Fold(norm.NFC.String(name)); len(name) > mostFound {
		return ""
	}
	return name
}

// NameKind tells names of a user apart.
type NameKind uint8

// The names that people are found by.
const (
	NameAccount NameKind = 1
	NameOwn     NameKind = 2 // of their profile
)

// FoundName is a name that somebody is found by.
type FoundName struct {
	Name string // Findable
	Kind NameKind
	UID  uint64
}

// Profiles reads how users show themselves.
type Profiles interface {
	// Profiles appends those of users, of one that has none only the UID.
	Profiles(dst []msgdef.UserProfile, uids []uint64) ([]msgdef.UserProfile, error)

	// FindPeople appends the names that begin with a findable prefix, which is text and
	// not empty, of all accounts
	// and of profiles that are not hidden, in the order of (name, kind, uid) and after
	// that place, at most limit.
	FindPeople(dst []FoundName, prefix string, after FoundName, limit int) ([]FoundName, error)
}
