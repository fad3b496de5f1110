package roster

import (
	"encoding/binary"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// topics is the big groups that sessions of the gate watch.
type topics map[msgdef.Conversation]struct{}

// list returns all, in no order.
func (t topics) list() [][16]byte {
	list := make([][16]byte, 0, len(t))
	for conv := range t {
		list = append(list, conv)
	}
	return list
}

// watch enters what is watched from now on. The lock is held.
func (r *Roster) watch(convs [][16]byte) {
	for _, conv := range convs {
		if _, ok := r.topics[conv]; !ok {
			r.topics[conv] = struct{}{}
			r.record(topicEvent(conv, false))
		}
	}
}

// unwatch takes out what nobody watches any more. The lock is held.
func (r *Roster) unwatch(convs [][16]byte) {
	for _, conv := range convs {
		if _, ok := r.topics[conv]; ok {
			delete(r.topics, conv)
			r.record(topicEvent(conv, true))
		}
	}
}

// topicEvent is a topic in the place of a session, which always has a user: an
// event of its own kind would make all of them longer.
func topicEvent(conv msgdef.Conversation, over bool) event {
	return event{Session: rpc.Session{
		Device: binary.LittleEndian.Uint64(conv[:8]), Conn: binary.LittleEndian.Uint64(conv[8:]),
	}, over: over}
}

// topic returns what a topicEvent is about; ok is false for one about a session.
func (e *event) topic() (conv msgdef.Conversation, ok bool) {
	if e.UID != 0 {
		return conv, false
	}
	binary.LittleEndian.PutUint64(conv[:8], e.Device)
	binary.LittleEndian.PutUint64(conv[8:], e.Conn)
	return conv, true
}

// fillTopics adds to an update what is watched after events, and what is not: of
// each topic the last event counts.
func fillTopics(u *rpc.RosterUpdate, events []event) {
	var seen map[msgdef.Conversation]struct{} // nil while there are only sessions
	for i := len(events) - 1; i >= 0; i-- {
		conv, ok := events[i].topic()
		if _, later := seen[conv]; !ok || later {
			continue
		}
		if seen == nil {
			seen = make(map[msgdef.Conversation]struct{})
		}
		seen[conv] = struct{}{}
		if events[i].over {
			u.Unwatched = append(u.Unwatched, conv)
		} else {
			u.Watched = append(u.Watched, conv)
		}
	}
}
