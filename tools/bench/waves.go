package bench

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Wave is one message on its way to everybody, as the clients of one process, or
// all of them, saw it.
type Wave struct {
	Number uint64
	Due    int64  // Unix nanoseconds
	Last   int64  // when the last one got it, Unix nanoseconds
	Got    uint64 // how many
}

// waves are those of the measured time. nil notes nothing.
type waves struct {
	mu       sync.Mutex
	span     span
	byNumber map[uint64]*Wave
}

func newWaves() *waves { return &waves{byNumber: make(map[uint64]*Wave)} }

func (w *waves) begin(s span) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.span = s
}

// arrived notes that one more has the message.
func (w *waves) arrived(number uint64, due, now time.Time) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.span.covers(due) {
		return
	}
	wave := w.byNumber[number]
	if wave == nil {
		wave = &Wave{Number: number, Due: due.UnixNano()}
		w.byNumber[number] = wave
	}
	wave.Got++
	wave.Last = max(wave.Last, now.UnixNano())
}

// list returns them by number.
func (w *waves) list() (all []Wave) {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.byNumber {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Wave) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// mergeWaves adds those of another process.
func mergeWaves(all, more []Wave) []Wave {
	for _, m := range more {
		i, found := slices.BinarySearchFunc(all, m, func(a, b Wave) int { return cmp.Compare(a.Number, b.Number) })
		if !found {
			all = slices.Insert(all, i, m)
			continue
		}
		all[i].Got += m.Got
		all[i].Last = max(all[i].Last, m.Last)
	}
	return all
}

// everyone counts the waves that reached all of some clients, each with how long
// that took.
func everyone(all []Wave, clients int) Counted {
	c := Counted{Name: "everyone has it", Latency: latencies{newHistogram()}}
	for _, w := range all {
		if w.Got == uint64(clients) {
			c.Count++
			late := time.Duration(w.Last - w.Due).Microseconds()
			_ = c.Latency.RecordValue(min(max(late, lowestLatency), highestLatency)) // within bounds
		}
	}
	return c
}
