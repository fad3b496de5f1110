package imservice

import (
	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// A conversation that was marked unread stays so until the user writes in it, which
// state tells from the read mark, or reads its newest message. When that was read
// before, reading it again changes no read mark; so the row goes in the commit of
// the reading. Nearly always there is no row, which is found out before the
// sequencer has the call.

// lookForMarks notes which positions of a call may end that a conversation is marked
// unread.
func (s *Server) lookForMarks(call *readCall) error {
	of := make([]store.TalkName, len(call.items))
	for i := range call.items {
		of[i] = store.TalkName{UID: call.items[i].UID, Conv: call.items[i].Conv}
	}
	states, err := s.options.Store.TalkStates(nil, of)
	if err != nil {
		return err
	}
	for i := range states {
		if states[i].Unread == 0 || call.codes[i] != msgdef.CodeOK {
			continue
		}
		if call.marked == nil {
			call.marked = make([]bool, len(call.items))
		}
		call.marked[i] = true
	}
	return nil
}

// unmarking returns the users of whom a call may change more than read marks.
func (c *readCall) unmarking() (uids []uint64) {
	for i, marked := range c.marked {
		if marked {
			uids = append(uids, c.items[i].UID)
		}
	}
	return uids
}

// unmark ends that a conversation is marked unread, if what was read is the newest
// message of then.
func (q *sequencer) unmark(b *batch, r *rpc.Read) error {
	of := store.TalkName{UID: r.UID, Conv: r.Conv}
	state, err := q.talkState(b, of)
	if err != nil || state.Unread == 0 || r.CSeq < state.Unread {
		return err
	}
	state.Unread = 0
	b.commit.Settings = append(b.commit.Settings, store.SettingRow{TalkName: of, TalkState: state})
	return nil
}
