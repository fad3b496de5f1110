package registry

import "github.com/sim-im/sim/msgdef/rpc"

// Action is what an image does with an update of its gate.
type Action uint8

// The actions. Answer applies nothing: the update is a sign of life, a repeat,
// or not what comes next. A sign of life repeats the last number, so one with
// the number that comes next tells that an update was missed. Apply adds what began, then removes what ended. Part
// is of a snapshot: collected apart, and with the last part put in the place of
// what is there.
const (
	Answer Action = iota
	Apply
	Part
)

// Sequence is what an image knows about the numbers of its gate's updates. Its
// zero value wants a snapshot. It is not safe for concurrent use.
//
//	       First                    Last
//	none ────────▶ collecting ───────────────▶ whole ──┐ Seq = last+1
//	  ▲ ◀── part of another ──┘                  │ ◀────┘
//	  └───────────────────── Forget ─────────────┘
//
// An image that is whole and collects stays whole until the last part.
type Sequence struct {
	whole      bool
	last       uint64 // update that was applied last, when whole
	collecting bool
	snapshot   uint64 // number that the parts carry, when collecting
}

// Last returns the number of the last update, and whether the image has all up
// to it.
func (s *Sequence) Last() (seq uint64, whole bool) { return s.last, s.whole }

// Judge says what to do with an update, and for Answer what to reply. It
// changes nothing but that a part which does not belong ends a snapshot.
func (s *Sequence) Judge(u *rpc.RosterUpdate) (Action, rpc.RosterReply) {
	switch {
	case u.Snapshot && (u.First || s.collecting && u.Seq == s.snapshot):
		return Part, rpc.RosterReply{}
	case u.Snapshot:
		s.collecting = false
		return Answer, rpc.RosterReply{}
	case s.whole && u.Seq == s.last+1 && len(u.Began)+len(u.Ended)+len(u.Watched)+len(u.Unwatched) > 0:
		return Apply, rpc.RosterReply{}
	default:
		return Answer, s.want()
	}
}

// want returns what the image lacks; while it collects, nothing.
func (s *Sequence) want() rpc.RosterReply {
	switch {
	case s.whole:
		return rpc.RosterReply{Want: s.last + 1}
	case s.collecting:
		return rpc.RosterReply{Want: s.snapshot + 1}
	}
	return rpc.RosterReply{}
}

// Done notes that an update was applied and returns the reply to it.
func (s *Sequence) Done(u *rpc.RosterUpdate) rpc.RosterReply {
	if u.Snapshot {
		s.collecting, s.snapshot = !u.Last, u.Seq
	}
	if !u.Snapshot || u.Last {
		s.whole, s.last = true, u.Seq
	}
	return rpc.RosterReply{Want: u.Seq + 1}
}

// Forget makes the image want a snapshot.
func (s *Sequence) Forget() { *s = Sequence{} }
