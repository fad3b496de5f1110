package imservice

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxHeld bounds the devices that held remembers. Beyond it all are forgotten:
// what was refused then may be overtaken by what followed it.
const maxHeld = 1 << 16

// errHeld refuses a message because the one before it was refused.
var errHeld = &rpc.Error{Code: msgdef.CodeBusy, Detail: "the message before was refused"}

// held keeps the order of a device's messages when one of them is refused for
// now: those that were sent after it are refused too, until it comes again.
// A gate does the same for its own refusals. It belongs to the sequencer, and
// is empty unless the store is in trouble.
type held struct {
	counters map[device]uint64 // refused last
}

// follows reports whether it has to wait with the message refused last.
func (h *held) follows(it *rpc.Send) bool {
	return it.After != 0 && len(h.counters) > 0 && h.counters[device{it.UID, it.Device}] == it.After
}

// note takes the outcome of an item.
func (h *held) note(it *rpc.Send, code msgdef.ErrorCode) {
	of := device{it.UID, it.Device}
	switch {
	case code >= msgdef.CodeBusy:
		if h.counters == nil || len(h.counters) >= maxHeld {
			h.counters = make(map[device]uint64)
		}
		h.counters[of] = it.Counter
	case len(h.counters) > 0 && h.counters[of] == it.Counter:
		delete(h.counters, of)
	}
}

// refuse takes the outcomes of a batch that was not written.
func (h *held) refuse(b *batch) {
	for i := range b.items {
		h.note(&b.items[i], b.results[i].Code)
	}
}
