package registry

import (
	"math"
	"slices"

	"github.com/sim-im/sim/msgdef"
)

// Presence adds up the live sessions of one user. Its zero value is of a user
// who is offline.
type Presence struct {
	since   int64
	devices []uint64 // a handful: searched, not indexed
}

// Add counts a session. A device that is connected twice, because the older
// connection has not been displaced yet, counts once.
func (p *Presence) Add(device uint64, since int64) {
	if len(p.devices) == 0 || since < p.since {
		p.since = since
	}
	if !slices.Contains(p.devices, device) {
		p.devices = append(p.devices, device)
	}
}

// AppendTo appends the user to dst, if online.
func (p *Presence) AppendTo(dst []msgdef.Online, uid uint64) []msgdef.Online {
	if len(p.devices) == 0 {
		return dst
	}
	devices := uint16(min(len(p.devices), math.MaxUint16))
	return append(dst, msgdef.Online{UID: uid, Devices: devices, Since: p.since})
}
