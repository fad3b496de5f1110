package plot

import "math"

// Values beyond these have no place, so that no sum or quotient of two
// overflows or vanishes.
const (
	greatest = 1e300
	least    = 1e-300
)

// place reports whether a value can be drawn on an axis.
func (a Axis) place(v float64) bool {
	if math.IsNaN(v) || math.Abs(v) > greatest {
		return false
	}
	return !a.Log || v >= least
}

// scale maps the values of an axis to pixels.
type scale struct {
	axis     Axis
	lo, hi   float64 // values at the ends; lo < hi
	from, to float64 // pixels of these
}

// fit returns a scale on which all values have room. There may be none, and
// values without a place do not count.
func fit(a Axis, values []float64) scale {
	s := scale{axis: a, lo: math.Inf(1), hi: math.Inf(-1)}
	for _, v := range values {
		if a.place(v) {
			s.lo, s.hi = min(s.lo, v), max(s.hi, v)
		}
	}
	if s.lo > s.hi { // no values
		s.lo, s.hi = b2f(a.Log), 1
	}
	if a.Log {
		s.decades()
	} else {
		s.spread()
	}
	return s
}

// decades widens a logarithmic scale to 1, 2 or 5 times powers of ten.
func (s *scale) decades() {
	s.lo, s.hi = below(s.lo), above(s.hi)
	if s.lo == s.hi {
		s.lo, s.hi = s.lo/2, s.hi*2
	}
}

// spread widens a linear scale that is too narrow to be divided. One that has
// to show 0 takes it in, and ends on ticks.
func (s *scale) spread() {
	if s.axis.Zero {
		s.lo, s.hi = min(s.lo, 0), max(s.hi, 0)
	}
	switch size := max(math.Abs(s.lo), math.Abs(s.hi)); {
	case size < least:
		s.lo, s.hi = 0, 1
	case s.hi-s.lo <= size*1e-9:
		s.lo, s.hi = s.lo-size/2, s.hi+size/2
	}
	if !s.axis.Zero {
		return
	}
	step := s.step()
	s.lo, s.hi = math.Floor(s.lo/step)*step, math.Ceil(s.hi/step)*step
}

// at returns the pixel of a value that has a place.
func (s scale) at(v float64) float64 {
	lo, hi := s.lo, s.hi
	if s.axis.Log {
		v, lo, hi = math.Log10(v), math.Log10(lo), math.Log10(hi)
	}
	return s.from + (v-lo)/(hi-lo)*(s.to-s.from)
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
