package client

import (
	"slices"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Beside returns what was sent beside the body. It allocates nothing for a
// message without, nor for one without mentions.
func (m *Message) Beside() (x msgdef.Extra) { return besideOf(m.Message.Extra) }

func besideOf(extra []byte) (x msgdef.Extra) {
	if len(extra) > 0 && x.Decode(extra) != nil {
		return msgdef.Extra{} // of a sender whom no server should have believed
	}
	return x
}

// Reply returns the cseq of the message that is answered; 0 for none.
func (m *Message) Reply() uint64 { return m.Beside().Reply }

// Mentions reports whether the message addresses a user, or all.
func (m *Message) Mentions(uid uint64) bool {
	list := m.Beside().Mentions
	return slices.Contains(list, uid) || slices.Contains(list, 0)
}

// Expires returns from when on nobody can read the message; zero for never.
func (m *Message) Expires() time.Time {
	return ends(m.Time(), m.Beside().Lifetime)
}

// beside returns what a message has beside its body that was sent with something.
func (s *Sent) beside(sent []byte) []byte {
	x := besideOf(sent)
	if x.Lifetime == s.Lifetime {
		return sent
	}
	x.Lifetime = s.Lifetime
	return x.Append(nil)
}

// ends returns when so many seconds are over, zero for never.
func ends(at time.Time, lifetime uint32) time.Time {
	if lifetime == 0 {
		return time.Time{}
	}
	return at.Add(time.Duration(lifetime) * time.Second)
}

// Made returns what events have made of the message, as of when it was asked for
// or sent. It allocates nothing for a message without reactions.
func (m *Message) Made() (s msgdef.MessageState) {
	if len(m.Message.State) > 0 && s.Decode(m.Message.State) != nil {
		return msgdef.MessageState{}
	}
	return s
}
