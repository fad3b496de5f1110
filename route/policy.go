package route

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Policy says which sessions a user may have at once. It holds in a region: its
// routes have the same, and the master among them decides.
//
// It does not hold across regions. A user has no home region, and the sessions of
// one region are not known in another, but for who is online where; an arbiter of
// all would be asked across the sea at every login, and be a reason not to get in
// when it cannot be reached. So with OneDevice a user may have one session in each
// region, and a device that has moved may be in two until the gate that it left
// finds out, by the heartbeat. Who must have one at all runs one region, or has
// users come to one, by the addresses that apps are given. What is decided about
// an account, see rpc.Evictor, holds in all regions.
type Policy uint8

// The policies. Whoever logs in last stays.
const (
	AllDevices  Policy = iota // any devices, each once
	PerPlatform               // one device of each platform
	OneDevice                 // one device

	policies
)

// policyNames are what flags call them.
func policyNames() [policies]string { return [policies]string{"all", "platform", "one"} }

// ParsePolicy returns the policy of a name. The error lists the names.
func ParsePolicy(name string) (Policy, error) {
	names := policyNames()
	if i := slices.Index(names[:], name); i >= 0 {
		return Policy(i), nil
	}
	return 0, fmt.Errorf("%q is no login policy; want one of %s", name, strings.Join(names[:], ", "))
}

// String returns the name.
func (p Policy) String() string {
	if p < policies {
		return policyNames()[p]
	}
	return fmt.Sprintf("Policy(%d)", uint8(p))
}

// rules decide whose session stays. All routes of a region decide alike from
// the same sessions, so that two masters in a row agree.
type rules struct {
	policy  Policy
	devices int // of a user, at most
}

// Yield says why a session had to give way. The set is closed; its names are
// labels of metrics.
type Yield uint8

// The reasons to give way.
const (
	YieldDevice Yield = iota // its device logged in again
	YieldPolicy              // another device took its place
	YieldCrowd               // the user has too many devices

	yields
)

// String returns the label.
func (y Yield) String() string {
	names := [yields]string{"same_device", "other_device", "too_many"}
	if y < yields {
		return names[y]
	}
	return "unknown"
}

// yielding is a session that has to give way to another.
type yielding struct {
	session
	to  session // of the same user; not set with YieldCrowd
	why Yield
}

// kick returns what the client is told.
func (y *yielding) kick() (code msgdef.ErrorCode, detail string) {
	switch y.why {
	case YieldPolicy:
		return msgdef.CodeOtherDevice, fmt.Sprintf("logged in on another device: %s, %s",
			strings.ToLower(y.to.platform.String()), time.UnixMilli(y.to.since).UTC().Format("2006-01-02 15:04:05 MST"))
	case YieldCrowd:
		return msgdef.CodeReplaced, "too many devices"
	}
	return msgdef.CodeReplaced, "this device logged in again"
}

// newer orders sessions of a user: the one that began later wins, wherever it
// is. One from before the account's generation grew is over, however late it
// was registered.
func newer(a, b session) int {
	return cmp.Or(
		cmp.Compare(b.generation, a.generation),
		cmp.Compare(b.since, a.since),
		cmp.Compare(b.gate.id, a.gate.id),
		cmp.Compare(b.gate.epoch, a.gate.epoch),
		cmp.Compare(b.conn, a.conn),
	)
}

// excess returns the sessions of a user that have to give way: all but the
// newest of a device, those whose place another device has, and the oldest
// devices above the most. The list stays as it is.
func (r rules) excess(list []session) (out []yielding) {
	if len(list) < 2 && len(list) <= r.devices {
		return nil
	}
	var kept []session
	for _, s := range slices.SortedFunc(slices.Values(list), newer) {
		if why, to, stays := r.place(kept, s); stays {
			kept = append(kept, s)
		} else {
			out = append(out, yielding{session: s, to: to, why: why})
		}
	}
	return out
}

// place tells whether a session may stay beside newer ones, or which of them
// has its place.
func (r rules) place(kept []session, s session) (why Yield, to session, stays bool) {
	for _, k := range kept {
		if k.device == s.device {
			return YieldDevice, k, false
		}
	}
	for _, k := range kept {
		if r.policy == OneDevice || r.policy == PerPlatform && k.platform == s.platform {
			return YieldPolicy, k, false
		}
	}
	return YieldCrowd, session{}, len(kept) < r.devices
}
