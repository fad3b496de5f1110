package plot

// Places around the lines of a chart.
const (
	legendAbove = 16.0 // from the last line of the legend to the top of the lines
	belowLines  = 42.0 // for the texts of the X axis
)

// frame is where the lines of a chart are drawn.
type frame struct {
	x, y        scale
	top, bottom float64
	empty       bool // no point has a place
}

// newFrame fits the axes to the lines.
func newFrame(c Chart, lines []Series) frame {
	var xs, ys []float64
	for _, l := range lines {
		for _, p := range l.Points {
			if c.X.place(p.X) && c.Y.place(p.Y) {
				xs, ys = append(xs, p.X), append(ys, p.Y)
			}
		}
	}
	f := frame{x: fit(c.X, xs), y: fit(c.Y, ys), bottom: chartHeight - belowLines, empty: len(xs) == 0}
	f.top = titleLine + 40
	if places := legendPlaces(names(lines)); len(places) > 0 {
		f.top += places[len(places)-1].Y
	}
	f.x.from, f.x.to = left, right
	f.y.from, f.y.to = f.bottom, f.top
	return f
}

// usable reports whether a point has a place.
func (f frame) usable(p Point) bool { return f.x.axis.place(p.X) && f.y.axis.place(p.Y) }

// draw draws the axes with their ticks, or says that there is nothing to see.
func (f frame) draw(d *canvas) {
	if f.empty {
		d.text("note", (left+right)/2, (f.top+f.bottom)/2, "middle", "no figures")
		return
	}
	for _, v := range f.y.ticks() {
		y := f.y.at(v)
		d.rule("grid", left, y, right, y)
		d.text("tick", left-8, y+4, "end", f.y.axis.Unit.Format(v))
	}
	for _, v := range f.x.ticks() {
		x := f.x.at(v)
		d.rule("axis", x, f.bottom, x, f.bottom+4)
		d.text("tick", x, f.bottom+18, "middle", f.x.axis.Unit.Format(v))
	}
	d.rule("axis", left, f.bottom, right, f.bottom)
	d.text("name", (left+right)/2, f.bottom+36, "middle", f.x.axis.Name)
	if f.y.axis.Name != "" {
		d.text("name", right, titleLine, "end", f.y.axis.Name+f.y.axis.note())
	}
}

// note says what is unusual about an axis.
func (a Axis) note() string {
	if a.Log {
		return " (logarithmic)"
	}
	return ""
}
