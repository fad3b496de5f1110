package bench

import (
	"time"

	"github.com/sim-im/sim/msgdef"
)

// arrived takes the message that was due. It returns how long it was on its way;
// ours is false for what nobody sent to be measured.
func (w *watcher) arrived(m *msgdef.Message) (late time.Duration, ours bool) {
	w.next = m.CSeq + 1
	if m.Kind != msgdef.ContentCustom {
		return 0, false // somebody was made a member
	}
	number, due, err := parseBody(m.Body)
	if err != nil || m.Conv != w.group.plan.Conv {
		w.seen.Malformed++
		return 0, false
	}
	w.author(m.From).numbers.add(number)
	if due.UnixNano() == 0 {
		if w.ended++; w.ended == w.group.plan.Authors {
			w.group.ended.Add(1)
		}
		return 0, false
	}
	w.group.waves.arrived(number, due, w.now)
	return w.now.Sub(due), true
}

// author finds somebody, of whom there are few.
func (w *watcher) author(uid uint64) *author {
	for i := range w.authors {
		if w.authors[i].uid == uid {
			return &w.authors[i]
		}
	}
	w.authors = append(w.authors, author{uid: uid})
	a := &w.authors[len(w.authors)-1]
	a.numbers.startAt(1)
	return a
}

// broke hears that the connection has ended.
func (w *watcher) broke(error) {
	if w.now.IsZero() { // else a frame was being taken
		w.mu.Lock()
	}
	defer w.mu.Unlock()
	w.now = time.Time{}
	w.seen.Broken++
}

// integrity says what is missing when all is quiet.
func (w *watcher) integrity() Integrity {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum := w.seen
	for i := range w.authors {
		numbers := &w.authors[i].numbers
		sum.add(Integrity{Lost: numbers.holes(), Duplicated: numbers.duplicated, Disordered: numbers.disordered})
	}
	if w.ended < w.group.plan.Authors {
		sum.Lost += max(w.head+1, w.next) - w.next + uint64(w.group.plan.Authors-w.ended)
	}
	return sum
}
