package bench

import (
	"runtime"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// meter counts and times one kind of operation in one process, over the
// measured time and in each step of it.
//
// Clients count in parallel on a few shards; one for each client would push
// everything else out of the processor's caches.
type meter struct {
	name   string
	shards []shard
}

// newMeter returns a meter; name is that of its Measure.
func newMeter(name string) *meter {
	m := &meter{name: name, shards: make([]shard, runtime.GOMAXPROCS(0))}
	for i := range m.shards {
		m.shards[i].now, m.shards[i].whole = newHistogram(), newHistogram()
	}
	return m
}

// begin says which time is measured. It comes before the first operation.
func (m *meter) begin(s span) {
	for i := range m.shards {
		m.shards[i].begin(s)
	}
}

// shard returns where a client counts.
func (m *meter) shard(client int) *shard { return &m.shards[client%len(m.shards)] }

// shard is a part of a meter.
type shard struct {
	mu    sync.Mutex
	span  span
	step  int                     // of now
	count uint64                  // in step
	now   *hdrhistogram.Histogram // of step
	whole *hdrhistogram.Histogram // of the steps before
	past  []tick                  // the steps before

	_ [64]byte // keeps shards apart in the caches
}

// tick is what was counted in a step.
type tick struct {
	count   uint64
	latency latencies
}

func (s *shard) begin(over span) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.span = over
}

// record counts an operation that ended at a time and took a latency. Those
// that end outside the measured time do not count.
func (s *shard) record(at time.Time, latency time.Duration) { s.add(at, 1, latency) }

// add counts n operations that ended together. The latency is one of all.
func (s *shard) add(at time.Time, n int, latency time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.span.covers(at) {
		return
	}
	if step := s.span.stepOf(at); step > s.step {
		s.turn(step)
	}
	s.count += uint64(n)
	_ = s.now.RecordValue(min(max(latency.Microseconds(), lowestLatency), highestLatency))
}

// each counts operations that ended together, of which each has its latency.
func (s *shard) each(at time.Time, latencies []time.Duration) {
	if len(latencies) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.span.covers(at) {
		return
	}
	if step := s.span.stepOf(at); step > s.step {
		s.turn(step)
	}
	s.count += uint64(len(latencies))
	for _, latency := range latencies {
		_ = s.now.RecordValue(min(max(latency.Microseconds(), lowestLatency), highestLatency))
	}
}

// turn closes the steps before step. mu is held.
func (s *shard) turn(step int) {
	s.whole.Merge(s.now)
	s.past = append(s.past, tick{s.count, coarse(s.now)})
	for len(s.past) < step {
		s.past = append(s.past, tick{})
	}
	s.now.Reset()
	s.count, s.step = 0, step
}

// counted sums the shards.
func (m *meter) counted() Counted {
	c := Counted{Name: m.name}
	for i := range m.shards {
		c.merge(m.shards[i].counted(m.name))
	}
	return c
}

func (s *shard) counted(name string) Counted {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count > 0 {
		s.turn(s.step + 1)
	}
	c := Counted{Name: name, Latency: latencies{s.whole}}
	for _, t := range s.past {
		c.Count += t.count
		c.Steps = append(c.Steps, Counted{Name: name, Count: t.count, Latency: t.latency})
	}
	return c
}
