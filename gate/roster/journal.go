package roster

import "github.com/sim-im/sim/msgdef/rpc"

// event is a session that began or is over, or a topic, see topicEvent.
type event struct {
	rpc.Session
	over bool
}

// journal holds the last events. A position is how many events there were
// before it, from the start of the roster.
//
//	base                          end
//	 │ event │ event │ … │ event │
//	   ▲ a feed that is behind   ▲ a feed that has everything
type journal struct {
	base   uint64 // position of events[0]
	events []event
	limit  int
}

// end is the position after the last event.
func (j *journal) end() uint64 { return j.base + uint64(len(j.events)) }

// add appends an event. At the limit the oldest quarter is forgotten, whoever
// has not taken it.
func (j *journal) add(e event) {
	if len(j.events) >= j.limit {
		j.drop(max(j.limit/4, 1))
	}
	j.events = append(j.events, e)
}

// after returns up to most events from a position on, in memory that is valid
// until the journal changes. It returns false when they are forgotten.
func (j *journal) after(pos uint64, most int) ([]event, bool) {
	if pos < j.base {
		return nil, false
	}
	events := j.events[pos-j.base:]
	return events[:min(most, len(events))], true
}

// forget drops what is before a position, when it is worth the moving.
func (j *journal) forget(pos uint64) {
	if n := int(pos - j.base); pos > j.base && n >= len(j.events)/2 {
		j.drop(n)
	}
}

// drop removes the n oldest events. A journal that was large gives its memory
// back when it is empty.
func (j *journal) drop(n int) {
	j.base += uint64(n)
	if n == len(j.events) && n > 1024 {
		j.events = nil
		return
	}
	j.events = append(j.events[:0], j.events[n:]...)
}
