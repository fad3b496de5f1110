package client

import "github.com/sim-im/sim/msgdef"

// inbox puts the rows of a user's inbox into their order: useq has no holes,
// and each row takes its turn once.
//
//	1 … cursor │ cursor+1 │ …held in the window… │ … head
//	 handed on │  missing │                      │
//
// cursor+1 missing while head is above is a gap, which a pull fills. It knows
// no connection and no clock. The goroutine of the connection owns it.
type inbox struct {
	cursor uint64 // every row up to here was handed on
	head   uint64 // greatest useq heard of
	epoch  uint64 // of the store that cursor counts in
	known  bool   // cursor is this device's own, not yet to be asked for
	void   bool   // the store is another one: rows mean nothing until a page says where to start
	last   mark
	window window
}

// mark identifies the row at the cursor, see msgdef.Fingerprint.
type mark struct {
	row   row
	saved uint64 // fingerprint of a row from an earlier run; counts when row is not known
}

func (m mark) fingerprint() uint64 {
	if m.row.cseq == 0 {
		return m.saved
	}
	return msgdef.Fingerprint(m.row.conv, m.row.cseq, m.row.at)
}

// turn is what a row's useq says about it.
type turn uint8

const (
	turnPast  turn = iota // a duplicate, or of no use now
	turnNow               // the one after the cursor
	turnLater             // there is a gap before it
)

// turn places a row.
func (in *inbox) turn(useq uint64) turn {
	in.heard(useq)
	switch {
	case in.void || useq <= in.cursor:
		return turnPast
	case useq == in.cursor+1:
		return turnNow
	}
	return turnLater
}

// advance moves the cursor over the row after it, which may be held: one that
// found no room before comes a second time.
func (in *inbox) advance(r row) {
	in.cursor++
	in.last = mark{row: r}
	if h := in.window.get(in.cursor); h != nil {
		in.window.drop(h)
	}
}

// behind reports whether rows are missing.
func (in *inbox) behind() bool { return in.void || in.head > in.cursor }

// login compares with what the server says at login. verify asks for a pull
// even when nothing is missing, because the row at the cursor may have been
// lost and replaced.
func (in *inbox) login(epoch, head, cursor uint64) (verify bool) {
	switch {
	case !in.known:
		*in = inbox{cursor: cursor, head: head, epoch: epoch, known: true, void: cursor > head}
		return in.void
	case in.cursor == 0:
		in.epoch, in.head = epoch, head
		return false
	}
	in.void = in.epoch != epoch || head < in.cursor
	in.head = head
	return true
}

// restart begins anew after floor, in another store or above what was kept.
func (in *inbox) restart(epoch, floor, head uint64) {
	*in = inbox{cursor: floor, head: max(in.head, head, floor), epoch: epoch, known: true}
}

// confirm takes the answer of a server for which the cursor is good.
func (in *inbox) confirm(epoch, head uint64) {
	in.void = false
	in.epoch = epoch
	in.head = max(in.head, head)
}

// heard notes that the inbox goes up to useq.
func (in *inbox) heard(useq uint64) { in.head = max(in.head, useq) }
