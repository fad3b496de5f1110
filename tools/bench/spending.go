package bench

import (
	"runtime/metrics"
	"time"
)

// spending is what a process, or several, used since they began, or over a
// time.
type spending struct {
	CPU               time.Duration // user and system
	Allocs            uint64
	BytesIn, BytesOut uint64
	Reads, Writes     uint64
	Commits           uint64
}

func (s *spending) add(o spending) {
	s.CPU += o.CPU
	s.Allocs += o.Allocs
	s.BytesIn += o.BytesIn
	s.BytesOut += o.BytesOut
	s.Reads += o.Reads
	s.Writes += o.Writes
	s.Commits += o.Commits
}

// since returns what was used after before.
func (s spending) since(before spending) spending {
	return spending{
		CPU: s.CPU - before.CPU, Allocs: s.Allocs - before.Allocs,
		BytesIn: s.BytesIn - before.BytesIn, BytesOut: s.BytesOut - before.BytesOut,
		Reads: s.Reads - before.Reads, Writes: s.Writes - before.Writes, Commits: s.Commits - before.Commits,
	}
}

// per divides by a number of operations.
func (s spending) per(operations uint64) Cost {
	if operations == 0 {
		return Cost{}
	}
	n := float64(operations)
	return Cost{
		CPUMicros: float64(s.CPU) / float64(time.Microsecond) / n,
		Allocs:    float64(s.Allocs) / n,
		BytesIn:   float64(s.BytesIn) / n,
		BytesOut:  float64(s.BytesOut) / n,
		Reads:     float64(s.Reads) / n,
		Writes:    float64(s.Writes) / n,
		Commits:   float64(s.Commits) / n,
	}
}

// own returns what this process used, but for its traffic.
func own() spending { return spending{CPU: ownCPU(), Allocs: ownAllocs()} }

// ownAllocs returns how many objects this process allocated.
func ownAllocs() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
