package rpc

import "github.com/sim-im/sim/msgdef"

// Whereabout is one user whom another asks about.
//
//msgdef:struct
type Whereabout struct {
	Asker uint64
	UID   uint64
	Via   [16]byte // see msgdef.WatchPresence
	Seen  bool     // it is wanted when UID was online last; a route sets it for those who are not
}

// WhereaboutsQuery asks whether users are online.
//
//msgdef:struct
type WhereaboutsQuery struct {
	Items []Whereabout `max:"4096"`
}

// WhereaboutsReply holds a state for each item. The message service says who may know
// and since when a user is invisible, as Seen without Online: a route adds the rest.
//
//msgdef:struct
type WhereaboutsReply struct {
	Items     []msgdef.PresenceState `max:"4096"`
	Invisible []bool                 `max:"4096"` // by item, whatever the asker may know
}
