package ops

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Thrift makes the garbage collector of this process run more often than it
// would, as long as that costs next to nothing. With Go's default, a heap is
// collected when it has doubled: a process with a million sessions at rest would
// keep as much memory again for garbage that it hardly makes.
//
//	spent less than half of the share ─▶ half of GOGC, at least leastPercent
//	spent more than the share ─────────▶ twice that, at most what it was
//
// Under load the collector is as it would be without. A process that is mostly
// idle gives the system back what it does not use.
type Thrift struct {
	// Share is what the collector may take of the processor time that the process
	// uses, 0 to 1. 0 leaves GOGC alone.
	Share float64
}

const (
	thriftPause    = time.Second // between decisions
	leastPercent   = 5
	returnsAtLeast = 15 * time.Second // between returns of idle memory
	// freeCores is what the collector may take of the machine in any case: a share
	// of next to nothing would keep an idle process from collecting.
	freeCores = 0.005
)

// Run works until ctx ends, and then puts GOGC back.
func (t Thrift) Run(ctx context.Context) {
	if t.Share <= 0 {
		return
	}
	most := percentNow()
	if most <= leastPercent { // who runs it knows better
		return
	}
	defer debug.SetGCPercent(most)
	tick := time.NewTicker(thriftPause)
	defer tick.Stop()
	percent, last := most, collected()
	var returned time.Time // when idle memory went back
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := collected()
		spent := now.since(last)
		if next := t.next(percent, most, spent); next != percent {
			debug.SetGCPercent(next)
			percent = next
		}
		if now.at.Sub(returned) >= returnsAtLeast && spent.used < spent.machine/10 && wasteful() {
			debug.FreeOSMemory()
			returned, now = now.at, collected()
		}
		last = now
	}
}

// next returns what GOGC is to be after a time in which it was percent.
func (t Thrift) next(percent, most int, spent collecting) int {
	share := t.Share*spent.used + freeCores*spent.machine
	switch {
	case spent.collector > share:
		return min(percent*2, most)
	case spent.collector < share/2:
		return max(percent/2, leastPercent)
	}
	return percent
}

// wasteful tells whether as much lies idle as a hundredth of what is in use. To
// give it back takes a collection, a few times a minute at most.
func wasteful() bool {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(samples)
	for _, s := range samples {
		if s.Value.Kind() != metrics.KindUint64 {
			return false
		}
	}
	return samples[0].Value.Uint64() > (samples[1].Value.Uint64()+samples[2].Value.Uint64())/100
}

// percentNow returns GOGC; 0 when it is off.
func percentNow() int {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	if v := sample[0].Value; v.Kind() == metrics.KindUint64 && v.Uint64() <= math.MaxInt32 {
		return int(v.Uint64())
	}
	return 0
}

// collecting is processor time in seconds.
type collecting struct {
	at        time.Time
	collector float64 // of the collector, but for what was idle anyway
	used      float64 // of the process
	machine   float64 // that there was
}

// collected returns what the runtime knows. It counts at the end of each
// collection.
func collected() collecting {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/mark/assist:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/dedicated:cpu-seconds"},
		{Name: "/cpu/classes/gc/pause:cpu-seconds"},
		{Name: "/cpu/classes/user:cpu-seconds"},
	}
	metrics.Read(samples)
	c := collecting{at: time.Now()}
	for _, s := range samples {
		if s.Value.Kind() == metrics.KindFloat64 && !math.IsNaN(s.Value.Float64()) {
			c.used += s.Value.Float64()
		}
	}
	c.collector = c.used - samples[3].Value.Float64()
	return c
}

// since returns what was spent from b on.
func (c collecting) since(b collecting) collecting {
	return collecting{
		at: c.at, collector: c.collector - b.collector, used: c.used - b.used,
		machine: c.at.Sub(b.at).Seconds() * float64(runtime.GOMAXPROCS(0)),
	}
}
