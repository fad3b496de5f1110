package plot

import "fmt"

// maxDots is how many points of a line are shown one by one, and say what they
// are.
const maxDots = 120

// line draws series i, with a gap where points have no place.
func (f frame) line(d *canvas, i int, l Series) {
	points := thin(l.Points, f.usable)
	color := fmt.Sprintf("c%d", i)
	var run []Point
	for _, p := range points {
		if f.usable(p) {
			run = append(run, p)
			continue
		}
		f.stroke(d, color, run)
		run = run[:0]
	}
	f.stroke(d, color, run)
	if len(points) <= maxDots {
		f.dots(d, l.Name, points)
	}
}

// stroke draws points that follow each other. One alone is a dot.
func (f frame) stroke(d *canvas, color string, run []Point) {
	if len(run) == 0 {
		return
	}
	if len(run) == 1 {
		d.dot("fill "+color, f.x.at(run[0].X), f.y.at(run[0].Y), 3, "")
		return
	}
	fmt.Fprintf(d, `<polyline class="line %s" points="`, color)
	for i, p := range run {
		if i > 0 {
			d.WriteByte(' ')
		}
		fmt.Fprintf(d, "%s,%s", px(f.x.at(p.X)), px(f.y.at(p.Y)))
	}
	d.WriteString("\"/>\n")
}

// dots makes points say their values. They show only below a pointer.
func (f frame) dots(d *canvas, name string, points []Point) {
	for _, p := range points {
		if f.usable(p) {
			says := fmt.Sprintf("%s: %s at %s", clip(name), f.y.axis.Unit.Format(p.Y), f.x.axis.Unit.Format(p.X))
			d.dot("hit", f.x.at(p.X), f.y.at(p.Y), 4, says)
		}
	}
}
