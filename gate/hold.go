package gate

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// hold keeps the order of a connection's messages when one of them is refused
// for now: those that follow it are refused too, until it is sent again or
// given up.
//
//	sent      5   6 after 5   7 after 6        5   6 after 5   7 after 6
//	answer  busy     busy        busy         ok      ok          ok
//
// It belongs to the reader.
type hold struct {
	counter uint64        // refused last; 0: none
	wait    time.Duration // until it may be sent again
}

// follows reports whether m has to wait with the message refused last.
func (h *hold) follows(m *msgdef.Send) bool { return h != nil && m.After != 0 && m.After == h.counter }

// passed notes that a message goes its way.
func (h *hold) passed(counter uint64) {
	if h != nil && counter == h.counter {
		*h = hold{}
	}
}
