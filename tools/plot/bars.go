package plot

import (
	"fmt"
	"io"
)

// Bars is figures side by side: a group of bars for each thing that is
// compared, a colour for each of those who are.
type Bars struct {
	Title  string
	About  string // one sentence for readers who do not see it
	Unit   Unit
	Who    []string // names of the colours; the first maxSeries are drawn
	Groups []Group  // the first maxGroups are drawn
}

// Group is one thing that is compared.
type Group struct {
	Name   string
	Values []float64 // one for each of Who; NaN is not known
}

// Places of bars.
const (
	maxGroups = 24
	barHeight = 16.0
	groupGap  = 14.0
	barsLeft  = 150.0 // behind the names of groups
	barsRight = width - 70
	barsTop   = titleLine + 40
)

// WriteSVG writes the bars as one <svg> element. The error is w's.
func (b Bars) WriteSVG(w io.Writer) error {
	b.Who, b.Groups = b.Who[:min(len(b.Who), maxSeries)], b.Groups[:min(len(b.Groups), maxGroups)]
	legend := legendPlaces(b.Who)
	top := barsTop
	if len(legend) > 0 {
		top += legend[len(legend)-1].Y
	}
	y := top
	tall := groupGap + barHeight*float64(len(b.Who))
	var d canvas
	d.open(b.Title, b.About, y+tall*float64(len(b.Groups))+4)
	d.legend(b.Who, barsTop-legendAbove)
	s := b.scale()
	for _, g := range b.Groups {
		b.group(&d, s, g, y)
		y += tall
	}
	d.rule("axis", s.at(0), top, s.at(0), y-groupGap)
	d.close()
	_, err := w.Write(d.Bytes())
	return err
}

// scale fits all values, beginning with 0.
func (b Bars) scale() scale {
	var all []float64
	for _, g := range b.Groups {
		all = append(all, g.Values...)
	}
	s := fit(Axis{Unit: b.Unit, Zero: true}, all)
	s.from, s.to = barsLeft, barsRight
	return s
}

// group draws the bars of one thing from y down, each with its value.
func (b Bars) group(d *canvas, s scale, g Group, y float64) {
	d.text("key", barsLeft-10, y+barHeight*float64(len(b.Who))/2+4, "end", g.Name)
	for i, v := range g.Values[:min(len(g.Values), len(b.Who))] {
		top := y + barHeight*float64(i)
		if !s.axis.place(v) {
			d.text("note", barsLeft+6, top+12, "start", "not known")
			continue
		}
		text := b.Unit.Format(v)
		from, to := min(s.at(0), s.at(v)), max(s.at(0), s.at(v))
		d.box(fmt.Sprintf("fill c%d", i), from, top+1, to-from, barHeight-2, fmt.Sprintf("%s, %s: %s", clip(g.Name), clip(b.Who[i]), text))
		d.text("value", to+6, top+12, "start", text)
	}
}
