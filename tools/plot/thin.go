package plot

// thin returns at most maxPoints points that look the same: of each stretch of
// a long line its lowest and its highest, in their order, so that no peak is
// lost. Points without a place stand for the gap they make.
func thin(points []Point, usable func(Point) bool) []Point {
	if len(points) <= maxPoints {
		return points
	}
	stretches := maxPoints / 2
	kept := make([]Point, 0, maxPoints)
	for i := range stretches {
		kept = append(kept, extremes(points[len(points)*i/stretches:len(points)*(i+1)/stretches], usable)...)
	}
	return kept
}

// extremes returns the lowest and the highest of some points, one when they are
// the same, and a point without a place when all are.
func extremes(points []Point, usable func(Point) bool) []Point {
	low, high := -1, -1
	for i, p := range points {
		if !usable(p) {
			continue
		}
		if low < 0 || p.Y < points[low].Y {
			low = i
		}
		if high < 0 || p.Y > points[high].Y {
			high = i
		}
	}
	switch {
	case low < 0:
		return points[:1]
	case low == high:
		return points[low : low+1]
	}
	return []Point{points[min(low, high)], points[max(low, high)]}
}
