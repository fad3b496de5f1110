package plot

import "math"

// About as many ticks as an axis has, and the most it may have.
const (
	wantTicks = 5
	maxTicks  = 12
)

// ticks returns the values that are written at an axis, ascending.
func (s scale) ticks() []float64 {
	if s.axis.Log {
		return s.logTicks()
	}
	var all []float64
	step := s.step()
	// Counted, not summed: a sum would drift, and might not grow at all.
	for first, i := math.Ceil(s.lo/step-1e-9), 0.0; i < maxTicks; i++ {
		v := (first + i) * step
		if v > s.hi+step*1e-9 {
			break
		}
		all = append(all, v)
	}
	return all
}

// step returns the distance of ticks of a linear scale: 1, 2 or 5 times a
// power of ten, in what the unit is written in.
func (s scale) step() float64 {
	per := s.axis.Unit.prefix(max(math.Abs(s.lo), math.Abs(s.hi))).factor
	rough := (s.hi - s.lo) / wantTicks / per
	return max(above(rough)*per, least)
}

// logTicks returns 1, 2 and 5 times each power of ten while there is room for
// them, otherwise some of the powers.
func (s scale) logTicks() []float64 {
	first, last := exponent(s.lo), exponent(s.hi)
	marks, every := []float64{1, 2, 5}, 1
	if decades := last - first + 1; decades > maxTicks/3 {
		marks, every = []float64{1}, (decades+maxTicks-1)/maxTicks
	}
	var all []float64
	for e := first; e <= last; e += every {
		for _, m := range marks {
			if v := m * math.Pow10(e); v >= s.lo*(1-1e-9) && v <= s.hi*(1+1e-9) {
				all = append(all, v)
			}
		}
	}
	return all
}

// exponent returns the power of ten at or below a positive value.
func exponent(v float64) int { return int(math.Floor(math.Log10(v) + 1e-9)) }

// above returns the least 1, 2, 5 or 10 times a power of ten that is not less
// than a positive v.
func above(v float64) float64 {
	unit := math.Pow10(exponent(v))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= v*(1-1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

// below is the greatest of these that is not more.
func below(v float64) float64 {
	unit := math.Pow10(exponent(v))
	for _, m := range []float64{5, 2} {
		if m*unit <= v*(1+1e-9) {
			return m * unit
		}
	}
	return unit
}
