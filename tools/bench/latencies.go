package bench

import (
	"github.com/HdrHistogram/hdrhistogram-go"
)

// Histograms reach from 1 µs to 60 s; those of the whole measured time keep
// three digits, those of a single step two.
const (
	lowestLatency  = 1
	highestLatency = 60_000_000
	fineDigits     = 3
	coarseDigits   = 2
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(lowestLatency, highestLatency, fineDigits)
}

// latencies is a histogram in microseconds, or none, which crosses a pipe as
// the compressed text that all implementations of HDR histograms share.
type latencies struct{ *hdrhistogram.Histogram }

// coarse copies h with fewer digits.
func coarse(h *hdrhistogram.Histogram) latencies {
	if h.TotalCount() == 0 {
		return latencies{}
	}
	c := hdrhistogram.New(lowestLatency, highestLatency, coarseDigits)
	c.Merge(h)
	return latencies{c}
}

// merge adds o, of the same digits.
func (l *latencies) merge(o latencies) {
	switch {
	case o.Histogram == nil:
	case l.Histogram == nil:
		*l = latencies{hdrhistogram.Import(o.Export())} // o stays its owner's
	default:
		l.Merge(o.Histogram)
	}
}

// at returns the latency in milliseconds that a share of the operations did
// not exceed, in percent; 0 without any.
func (l latencies) at(percent float64) float64 {
	if l.Histogram == nil || l.TotalCount() == 0 {
		return 0
	}
	return float64(l.ValueAtQuantile(percent)) / 1000
}

// MarshalText implements encoding.TextMarshaler.
func (l latencies) MarshalText() ([]byte, error) {
	if l.Histogram == nil {
		return nil, nil
	}
	return l.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *latencies) UnmarshalText(text []byte) (err error) {
	l.Histogram = nil
	if len(text) > 0 {
		l.Histogram, err = hdrhistogram.Decode(text)
	}
	return err
}
