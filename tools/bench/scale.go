package bench

import (
	"context"
	"sync/atomic"
	"time"
)

// scale weighs the server without the clients and with them. Only a full
// weighing, of modes that are about memory, collects garbage and must succeed.
type scale struct {
	target      Target
	full        bool
	empty, busy usage
	with        usage         // with the clients, before the load; zero unless it was asked for
	peak        atomic.Uint64 // resident bytes that were seen from then on
	kernel      [2]uint64     // of this machine, without the clients and with them; 0 where it is not known
}

// before weighs without the clients.
func (s *scale) before(ctx context.Context) (err error) {
	if s.full {
		s.kernel[0] = kernelMemory()
		s.empty, err = s.target.weigh(ctx)
		return err
	}
	if u, err := s.target.usage(ctx); err == nil { // the sampler says why not
		s.empty = u
	}
	return nil
}

// peakEvery is how often memory is looked at under a load that comes in bursts.
const peakEvery = 100 * time.Millisecond

// between weighs with the clients before the load, and watches the memory until
// ctx ends.
func (s *scale) between(ctx context.Context) (err error) {
	if s.with, err = s.target.weigh(ctx); err != nil {
		return err
	}
	go func() {
		for at := time.Now(); sleepUntil(ctx, at) == nil; at = time.Now().Add(peakEvery) {
			if u, err := s.target.usage(ctx); err == nil { // the sampler says why not
				s.peak.Store(max(s.peak.Load(), u.Resident))
			}
		}
	}()
	return nil
}

// after weighs with the clients, when the measured time is over: what their
// logins took is collected, and what their heartbeats take is there.
func (s *scale) after(ctx context.Context) (err error) {
	if s.full {
		s.kernel[1] = kernelMemory()
		s.busy, err = s.target.weigh(ctx)
	}
	return err
}

// report writes what was weighed into a report.
func (s *scale) report(r *Report) {
	if r.Memory.ResidentPeak == 0 {
		return // it was another server
	}
	r.Memory.ResidentBefore = s.empty.Resident
	if !s.full || r.Clients == 0 {
		return
	}
	if s.with.Resident > 0 {
		r.Memory.ResidentWith, r.Memory.ResidentAfter = s.with.Resident, s.busy.Resident
		r.Memory.ResidentPeak = max(r.Memory.ResidentPeak, s.peak.Load())
	}
	per := func(before, after uint64) float64 { return (float64(after) - float64(before)) / float64(r.Clients) }
	r.Memory.PerConnection = per(s.empty.Resident, s.busy.Resident)
	r.Memory.HeapPerConnection = per(s.empty.Heap, s.busy.Heap)
	r.Memory.StackPerConnection = per(s.empty.Stack, s.busy.Stack)
	r.Memory.KernelPerConnection = per(s.kernel[0], s.kernel[1])
}
