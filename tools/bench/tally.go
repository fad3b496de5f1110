package bench

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Histograms reach from 1 µs to 60 s with three digits.
const (
	lowestLatency  = 1
	highestLatency = 60_000_000
	latencyDigits  = 3
)

// tally is what one client counted. The lock of its member guards it.
type tally struct {
	acked     uint64 // acknowledged, whenever
	refused   uint64 // answered with an error
	inWindow  window // acknowledged and delivered inside the measured time
	ack       *hdrhistogram.Histogram
	deliver   *hdrhistogram.Histogram
	partner   sequence // numbers in the partner's bodies
	cseqs     sequence // of the pair's conversation, as this client saw it
	useqs     sequence // of this client's inbox
	malformed uint64   // bodies nobody here wrote
}

// window counts what happened inside the measured time.
type window struct{ acked, delivered uint64 }

func newTally() *tally {
	t := &tally{
		ack:     hdrhistogram.New(lowestLatency, highestLatency, latencyDigits),
		deliver: hdrhistogram.New(lowestLatency, highestLatency, latencyDigits),
	}
	// The accounts are new, so every sequence begins with 1.
	for _, s := range []*sequence{&t.partner, &t.cseqs, &t.useqs} {
		s.startAt(1)
	}
	return t
}

// saw notes the sequences of a message or an acknowledgement.
func (t *tally) saw(cseq, useq uint64) {
	t.cseqs.add(cseq)
	t.useqs.add(useq)
}

// record puts a latency into h, cut to what h can hold.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d.Microseconds(), lowestLatency), highestLatency))
}

// Totals sums what the clients of one process counted; it crosses the pipe
// between a worker and its parent.
type Totals struct {
	Clients    int
	Acked      uint64 // in the window
	Delivered  uint64 // in the window
	Refused    uint64
	Malformed  uint64
	Lost       uint64
	Duplicated uint64
	Disordered uint64
	Gaps       uint64
	Ack        *hdrhistogram.Snapshot
	Deliver    *hdrhistogram.Snapshot
}

// total compares every client with its partner. It runs when all is quiet.
func total(pairs [][2]*tally) Totals {
	ack := hdrhistogram.New(lowestLatency, highestLatency, latencyDigits)
	deliver := hdrhistogram.New(lowestLatency, highestLatency, latencyDigits)
	var sum Totals
	for _, pair := range pairs {
		for i, t := range pair {
			sum.Clients++
			sum.Acked += t.inWindow.acked
			sum.Delivered += t.inWindow.delivered
			sum.Refused += t.refused
			sum.Malformed += t.malformed
			sum.Lost += t.partner.absent(pair[1-i].acked)
			sum.Duplicated += t.partner.duplicated + t.cseqs.duplicated + t.useqs.duplicated
			sum.Disordered += t.partner.disordered
			sum.Gaps += t.cseqs.holes() + t.useqs.holes()
			ack.Merge(t.ack)
			deliver.Merge(t.deliver)
		}
	}
	sum.Ack, sum.Deliver = ack.Export(), deliver.Export()
	return sum
}

// merge adds the totals of another process.
func (s *Totals) merge(o Totals) {
	s.Clients += o.Clients
	s.Acked += o.Acked
	s.Delivered += o.Delivered
	s.Refused += o.Refused
	s.Malformed += o.Malformed
	s.Lost += o.Lost
	s.Duplicated += o.Duplicated
	s.Disordered += o.Disordered
	s.Gaps += o.Gaps
	s.Ack = mergeSnapshots(s.Ack, o.Ack)
	s.Deliver = mergeSnapshots(s.Deliver, o.Deliver)
}

func mergeSnapshots(a, b *hdrhistogram.Snapshot) *hdrhistogram.Snapshot {
	if a == nil {
		return b
	}
	h := hdrhistogram.Import(a)
	h.Merge(hdrhistogram.Import(b))
	return h.Export()
}
