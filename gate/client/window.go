package client

import "github.com/sim-im/sim/msgdef"

// held is an inbox row that came before its turn. A row with no message is
// there by an acknowledgement of this device's own send.
type held struct {
	useq    uint64 // 0: the slot is empty
	own     bool
	row     row
	message []byte // owned; memory is used again
}

// row is what a fingerprint is made of. The zero row is not known.
type row struct {
	conv msgdef.Conversation
	cseq uint64
	at   int64
}

// Bounds of a window. What does not fit is pulled later.
const (
	windowSlots = 1024
	windowBytes = 1 << 20
)

// window holds rows with cursor < useq ≤ cursor+windowSlots, in a ring indexed
// by useq that grows when rows come. Acknowledgements and notifies of one
// commit arrive in two runs, so rows out of order are nothing unusual.
type window struct {
	slots []held // length is 0 or a power of two
	count int
	bytes int // of held messages
}

func (w *window) slot(useq uint64) *held { return &w.slots[useq&uint64(len(w.slots)-1)] }

// put keeps a row above cursor+1, copying the message; nil means an own send.
// It does nothing when the row is there already or there is no room.
func (w *window) put(cursor, useq uint64, r row, message []byte, own bool) {
	distance := useq - cursor
	if distance > windowSlots || w.bytes+len(message) > windowBytes {
		return
	}
	for distance > uint64(len(w.slots)) {
		w.grow()
	}
	h := w.slot(useq)
	if h.useq == useq {
		return
	}
	*h = held{useq: useq, own: own, row: r, message: append(h.message[:0], message...)}
	w.count++
	w.bytes += len(message)
}

func (w *window) grow() {
	old := w.slots
	w.slots = make([]held, max(2*len(old), 16))
	for i := range old {
		if old[i].useq != 0 {
			*w.slot(old[i].useq) = old[i]
		}
	}
}

// get returns the row at useq, or nil. It is valid until drop or put.
func (w *window) get(useq uint64) *held {
	if w.count == 0 {
		return nil
	}
	if h := w.slot(useq); h.useq == useq {
		return h
	}
	return nil
}

// first returns the lowest useq of the rows above cursor, up to a bound; 0 when there
// is none.
func (w *window) first(cursor, most uint64) uint64 {
	if w.count == 0 {
		return 0
	}
	for useq := cursor + 1; useq <= most && useq <= cursor+windowSlots; useq++ {
		if w.get(useq) != nil {
			return useq
		}
	}
	return 0
}

// drop empties a slot that get returned.
func (w *window) drop(h *held) {
	w.count--
	w.bytes -= len(h.message)
	kept := h.message[:0]
	if cap(kept) > keptBody {
		kept = nil
	}
	*h = held{message: kept}
}
