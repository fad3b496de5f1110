package plot

import "io"

// Bounds of a drawing. What is beyond them is left out, and the drawing says so
// where that changes what it shows.
const (
	maxSeries = 8   // as many as there are colours
	maxPoints = 600 // of a line; more are thinned to the extremes of their neighbourhood
	maxName   = 80  // characters of any text
)

// Chart is lines over a common axis.
type Chart struct {
	Title string
	About string // one sentence for readers who do not see it; empty lists the series
	X, Y  Axis
	Lines []Series // the first maxSeries are drawn
}

// Axis says how values are placed and written.
type Axis struct {
	Name string
	Unit Unit
	Log  bool // logarithmic: only positive values have a place
	Zero bool // a linear axis begins with 0 even when the values do not
}

// Series is a line. Its points are in the order of their X.
type Series struct {
	Name   string
	Points []Point
}

// Point is a value of a line, in the units of the axes.
type Point struct{ X, Y float64 }

// WriteSVG writes the chart as one <svg> element. The error is w's.
func (c Chart) WriteSVG(w io.Writer) error {
	lines := c.Lines[:min(len(c.Lines), maxSeries)]
	var d canvas
	d.open(c.Title, c.about(lines), chartHeight)
	f := newFrame(c, lines)
	f.draw(&d)
	for i, l := range lines {
		f.line(&d, i, l)
	}
	d.legend(names(lines), f.top-legendAbove)
	if len(c.Lines) > len(lines) {
		d.text("note", right, titleLine, "end", plural(len(c.Lines)-len(lines), "more line"))
	}
	d.close()
	_, err := w.Write(d.Bytes())
	return err
}

// about describes the chart in words.
func (c Chart) about(lines []Series) string {
	if c.About != "" {
		return c.About
	}
	text := "Line chart"
	for i, l := range lines {
		text += separator(i) + clip(l.Name)
	}
	return text + " by " + clip(c.X.Name)
}

func names(lines []Series) []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Name)
	}
	return all
}

func separator(i int) string {
	if i == 0 {
		return " of "
	}
	return ", "
}
