package imservice

import (
	"container/heap"
	"slices"
	"time"

	"github.com/sim-im/sim/imservice/store"
)

// holds are the rows of the outbox that a push service has taken. A row in the
// queue that is not in rows, or there with another end, was confirmed or taken
// again since.
type holds struct {
	rows  map[uint64]holding // by id
	queue holdQueue          // first to end first
}

type holding struct {
	row   store.OutboxRow
	until time.Time
}

type holdEnd struct {
	id    uint64
	until time.Time
}

func newHolds() *holds { return &holds{rows: make(map[uint64]holding)} }

// hold keeps rows until a time.
func (h *holds) hold(rows []store.OutboxRow, until time.Time) {
	for _, row := range rows {
		h.rows[row.ID] = holding{row, until}
		heap.Push(&h.queue, holdEnd{row.ID, until})
	}
}

// over takes out up to limit rows whose hold has ended.
func (h *holds) over(now time.Time, limit int) (rows []store.OutboxRow) {
	for len(rows) < limit && h.settle() && !h.queue[0].until.After(now) {
		end := heap.Pop(&h.queue).(holdEnd)
		rows = append(rows, h.rows[end.id].row)
		delete(h.rows, end.id)
	}
	return rows
}

// next returns when the next hold ends; the zero time when there is none.
func (h *holds) next() time.Time {
	if !h.settle() {
		return time.Time{}
	}
	return h.queue[0].until
}

// spareEnds is how many ends in the queue may count no longer.
const spareEnds = 4096

// drop ends a hold before its time. Its end stays in the queue, but not for ever.
func (h *holds) drop(id uint64) {
	delete(h.rows, id)
	if len(h.queue) > 2*len(h.rows)+spareEnds {
		h.queue = slices.DeleteFunc(h.queue, func(e holdEnd) bool { return !h.counts(e) })
		heap.Init(&h.queue)
	}
}

// counts tells whether an end is the one of a hold.
func (h *holds) counts(e holdEnd) bool {
	held, ok := h.rows[e.id]
	return ok && held.until.Equal(e.until)
}

// settle removes what no longer counts from the front of the queue, and tells
// whether something is left.
func (h *holds) settle() bool {
	for len(h.queue) > 0 {
		if h.counts(h.queue[0]) {
			return true
		}
		heap.Pop(&h.queue)
	}
	return false
}

// holdQueue implements heap.Interface.
type holdQueue []holdEnd

func (q holdQueue) Len() int { return len(q) }

func (q holdQueue) Less(i, j int) bool {
	if q[i].until.Equal(q[j].until) {
		return q[i].id < q[j].id
	}
	return q[i].until.Before(q[j].until)
}

func (q holdQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *holdQueue) Push(x any) { *q = append(*q, x.(holdEnd)) }

func (q *holdQueue) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}
