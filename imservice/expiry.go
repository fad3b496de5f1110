package imservice

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// A message with a lifetime ends by itself:
//
//	written ──its time──▶ over ──the sweeper──▶ emptied
//	                       └── every read takes its content away
//
// So nobody waits for the sweeper, and what it has emptied is nowhere any more, as
// after a recall. An edit tells of the same content: it is stored with the lifetime
// that is left.

// leastLifetime is how much of its lifetime a message must have left to be changed:
// what is stored of that has whole seconds.
const leastLifetime = time.Second

// expiry returns from when on nobody may read a message, in Unix milliseconds; 0 for
// never.
func expiry(m *msgdef.Message) int64 {
	var x msgdef.Extra
	if len(m.Extra) == 0 || x.DecodeAlias(m.Extra) != nil || x.Lifetime == 0 {
		return 0
	}
	return m.At + int64(x.Lifetime)*1000
}

// over tells whether the lifetime of a message is over at a time.
func over(m *msgdef.Message, now int64) bool {
	var state msgdef.MessageState
	ends := expiry(m)
	return ends != 0 && now >= ends || len(m.State) > 0 && state.DecodeAlias(m.State) == nil && state.Expired
}

// lifetime is what an edit at a time has beside its body, nil for nothing: it ends
// with the message.
func (r *revision) lifetime(at int64) []byte {
	if r == nil || r.superseding == 0 {
		return nil
	}
	x := msgdef.Extra{Lifetime: uint32(max((r.superseding-at)/1000, 1))}
	return x.Append(nil)
}

// empty takes away what a message says, and what events have made of it.
func empty(m *msgdef.Message) error {
	var before msgdef.MessageState
	if len(m.State) > 0 {
		if err := before.DecodeAlias(m.State); err != nil {
			return fmt.Errorf("%w: state of message %d: %w", errDamaged, m.CSeq, err)
		}
	}
	body := []byte(nil)
	if m.Kind == msgdef.ContentEdit {
		var e msgdef.Edit
		if err := e.DecodeAlias(m.Body); err != nil {
			return fmt.Errorf("%w: edit %d: %w", errDamaged, m.CSeq, err)
		}
		e.Body = nil
		body = e.Append(nil)
	}
	after := msgdef.MessageState{Changed: before.Changed, Recalled: before.Recalled, Expired: true}
	m.Body, m.Extra, m.State = body, nil, after.Append(nil)
	return nil
}

// veil returns an encoded message as it may be read at a time: without its content
// once its lifetime is over.
func veil(encoded []byte, now int64) ([]byte, error) {
	var m msgdef.Message
	if err := m.DecodeAlias(encoded); err != nil {
		return nil, err
	}
	if ends := expiry(&m); ends == 0 || now < ends {
		return encoded, nil
	}
	if err := empty(&m); err != nil {
		return nil, err
	}
	return m.Append(nil), nil
}

// veiled is veil for messages that are read now, in their place.
func (s *Server) veiled(messages [][]byte) (err error) {
	now := s.options.Now().UnixMilli()
	for i := range messages {
		if messages[i], err = veil(messages[i], now); err != nil {
			return err
		}
	}
	return nil
}

// sweep is an errand: it empties messages whose lifetime is over.
type sweep struct {
	awaited
	rows []store.ExpiryRow
}

func (s *sweep) about(g *store.Ground) {
	for _, row := range s.rows {
		g.Conversations = append(g.Conversations, row.Conv)
	}
}

func (s *sweep) join(q *sequencer, b *batch) error {
	for _, row := range s.rows {
		// What was dropped is empty enough, and what cannot be read by anybody is not in
		// the way of the others.
		err := q.expire(b, row)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		if errors.Is(err, errDamaged) {
			q.log.Error("a message cannot be emptied", "error", err)
		} else if err != nil {
			return err
		}
		row.Gone = true
		b.commit.Expiries = append(b.commit.Expiries, row)
	}
	return nil
}

// errDamaged says that a stored message makes no sense.
var errDamaged = errors.New("imservice: a damaged message")

// decodeWithState decodes a message and what events have made of it.
func decodeWithState(encoded []byte) (m *msgdef.Message, state msgdef.MessageState, err error) {
	m = new(msgdef.Message)
	if err = m.Decode(encoded); err == nil && len(m.State) > 0 {
		err = state.Decode(m.State)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	return m, state, err
}

// expire empties a message, and the edit that has its content as well, unless that
// was done.
func (q *sequencer) expire(b *batch, row store.ExpiryRow) error {
	encoded, err := q.stored(b, row.Conv, row.CSeq)
	if err != nil {
		return fmt.Errorf("message %d to end: %w", row.CSeq, err)
	}
	m, state, err := decodeWithState(encoded)
	if err != nil || state.Recalled || state.Expired {
		return err
	}
	edit, err := q.emptied(b, row.Conv, state.Changed)
	if err != nil {
		return err
	}
	if edit != nil {
		edit.Extra, edit.State = nil, (&msgdef.MessageState{Expired: true}).Append(nil)
		b.replace(edit)
	}
	if state.Pinned {
		b.commit.Pins = append(b.commit.Pins, store.PinRow{Conv: row.Conv, CSeq: row.CSeq, Gone: true})
	}
	q.letGo(b, m)
	if err := empty(m); err != nil {
		return err
	}
	b.replace(m)
	return nil
}
