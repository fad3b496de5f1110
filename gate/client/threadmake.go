package client

import (
	"cmp"
	"slices"

	"github.com/sim-im/sim/msgdef"
)

func compareCSeq(a, b uint64) int { return cmp.Compare(a, b) }

// subject returns which message an event is about, 0 for none.
func subject(says any) uint64 {
	switch e := says.(type) {
	case *msgdef.Edit:
		return e.CSeq
	case *msgdef.Recall:
		return e.CSeq
	case *msgdef.Reaction:
		return e.CSeq
	case *msgdef.Pin:
		return e.CSeq
	}
	return 0
}

// remake makes a message what it is now, from what came and the events about it.
func (t *Thread) remake(h *heldMessage) {
	m := h.came.Clone()
	state := m.Made()
	h.now, h.stale = m, false
	if m.Kind == msgdef.ContentEdit {
		t.remakeEdit(m)
		return
	}
	if m.Kind >= msgdef.FirstEvent {
		return
	}
	put := make(map[uint64]string) // who has reacted how, as far as events tell
	newest := uint64(0)            // what may have changed it last
	for _, e := range t.about[m.CSeq] {
		says, _ := e.Event()
		switch says := says.(type) {
		case *msgdef.Edit:
			newest = max(newest, applyEdit(m, &state, e, says))
		case *msgdef.Recall:
			m.Body, m.Message.Extra, state = nil, nil, msgdef.MessageState{Changed: max(state.Changed, e.CSeq), Recalled: true}
		case *msgdef.Pin:
			if e.CSeq > h.asOf && !state.Recalled {
				state.Pinned = !says.Off
			}
		case *msgdef.Reaction:
			if e.CSeq > h.asOf && !state.Recalled {
				h.stale = true
				countReaction(&state, put, e.From, says)
			}
		}
	}
	h.stale = (h.stale || newest > state.Changed) && !state.Recalled && !state.Hidden && !state.Expired
	switch {
	case t.hidden[m.CSeq] || state.Hidden:
		m.Body, m.Message.Extra, state = nil, nil, msgdef.MessageState{Hidden: true}
	case t.expired[m.CSeq] && !state.Expired:
		m.Body, m.Message.Extra, state = nil, nil, msgdef.MessageState{Changed: state.Changed, Recalled: state.Recalled, Expired: true}
	}
	m.State = nil
	if state.Changed != 0 || state.Recalled || state.Pinned || state.Expired || state.Hidden || state.Big || len(state.Reactions) > 0 {
		m.State = state.Append(nil)
	}
}

// applyEdit gives a message what an edit says, unless it says so or later already, and
// returns what may have changed the message last. An edit that was emptied says only that.
func applyEdit(m *Message, state *msgdef.MessageState, e *Message, says *msgdef.Edit) (newest uint64) {
	emptied := len(e.State) > 0 && len(says.Body) == 0
	if !emptied && e.CSeq > state.Changed && !state.Recalled && !state.Expired && !state.Hidden {
		m.Body, state.Changed = slices.Clone(says.Body), e.CSeq
	}
	return e.Made().Changed
}

// countReaction counts how somebody reacts.
func countReaction(state *msgdef.MessageState, put map[uint64]string, by uint64, says *msgdef.Reaction) {
	count := func(emoji string, n int) {
		i := slices.IndexFunc(state.Reactions, func(c msgdef.ReactionCount) bool { return c.Emoji == emoji })
		switch {
		case emoji == "" || i < 0 && n < 0:
		case i < 0:
			state.Reactions = append(state.Reactions, msgdef.ReactionCount{Emoji: emoji, Count: 1})
		case n < 0 && state.Reactions[i].Count <= 1:
			state.Reactions = slices.Delete(state.Reactions, i, i+1)
		default:
			state.Reactions[i].Count += uint32(n)
		}
	}
	if says.Off {
		count(says.Emoji, -1)
		put[by] = ""
		return
	}
	count(put[by], -1)
	count(says.Emoji, 1)
	put[by] = says.Emoji
}

// remakeEdit takes away what an edit says that is superseded, or about what is not to
// be seen any more.
func (t *Thread) remakeEdit(m *Message) {
	var e msgdef.Edit
	if e.Decode(m.Body) != nil || len(e.Body) == 0 {
		return
	}
	var over msgdef.MessageState
	for _, later := range t.about[e.CSeq] {
		if later.CSeq == m.CSeq {
			over.Changed = later.Made().Changed
		}
		if later.CSeq > m.CSeq && (later.Kind == msgdef.ContentEdit || later.Kind == msgdef.ContentRecall) {
			over.Changed = later.CSeq
		}
	}
	if of := t.held[e.CSeq]; of != nil {
		made := of.came.Made()
		over.Expired, over.Hidden = made.Expired, made.Hidden
		if made.Changed > m.CSeq {
			over.Changed = max(over.Changed, made.Changed)
		}
	}
	over.Expired = over.Expired || t.expired[e.CSeq]
	over.Hidden = over.Hidden || t.hidden[e.CSeq] || e.CSeq <= t.cleared
	if over.Changed == 0 && !over.Expired && !over.Hidden {
		return
	}
	e.Body = nil
	m.Body, m.Message.Extra, m.State = e.Append(nil), nil, over.Append(nil)
}
