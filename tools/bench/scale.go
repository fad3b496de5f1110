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
	resting     time.Duration // before the look without clients
	full        bool
	empty, busy usage
	with        usage         // with the clients, before the load; zero unless it was asked for
	peak        atomic.Uint64 // resident bytes that were seen from then on
	kernel      [2]uint64     // of this machine, without the clients and with them; 0 where it is not known
	rest        [2]uint64     // resident bytes likewise, of a server at rest
}

// restBefore is how long a server rests at most before it is looked at without
// clients: idle memory goes back to the system four times a minute, see ops.Thrift.
const restBefore = 20 * time.Second

// before weighs without the clients, and looks again when the server has rested.
func (s *scale) before(ctx context.Context) (err error) {
	if s.full {
		if s.empty, err = s.target.weigh(ctx); err != nil {
			return err
		}
		s.kernel[0] = kernelMemory()
		return s.look(ctx, 0, s.resting)
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
		if err := s.look(ctx, 1, 0); err != nil {
			return err
		}
		s.busy, err = s.target.weigh(ctx)
	}
	return err
}

// look reads what is resident once the server has rested for a while. A weighing
// adds to that: whom it asks for a collection makes a profile of some MB.
func (s *scale) look(ctx context.Context, which int, rested time.Duration) error {
	if err := sleepUntil(ctx, time.Now().Add(rested)); err != nil {
		return err
	}
	u, err := s.target.usage(ctx)
	s.rest[which] = u.Resident
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
	r.Memory.RestPerConnection = per(s.rest[0], s.rest[1])
	r.Memory.HeapPerConnection = per(s.empty.Heap, s.busy.Heap)
	r.Memory.StackPerConnection = per(s.empty.Stack, s.busy.Stack)
	r.Memory.KernelPerConnection = per(s.kernel[0], s.kernel[1])
}
