package plot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
)

// Places on a drawing, in its own pixels; it grows and shrinks with the page.
const (
	width       = 600.0
	chartHeight = 270.0
	left        = 62.0 // of what is drawn, behind the ticks' texts
	right       = width - 14
	titleLine   = 16.0
	charWidth   = 6.5 // about, of the small text
)

// canvas is an SVG being written.
type canvas struct{ bytes.Buffer }

// open begins a drawing.
func (d *canvas) open(title, about string, height float64) {
	fmt.Fprintf(d, `<svg class="simplot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" role="img" aria-label="%s">`,
		px(width), px(height), escape(title))
	fmt.Fprintf(d, "\n<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n", escape(title), escapeLong(about), style)
	d.text("title", 0, titleLine, "start", title)
}

func (d *canvas) close() { d.WriteString("</svg>\n") }

// text writes s; anchor is which end of it is at x.
func (d *canvas) text(class string, x, y float64, anchor, s string) {
	fmt.Fprintf(d, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`+"\n", class, px(x), px(y), anchor, escape(s))
}

// rule draws a straight line.
func (d *canvas) rule(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(d, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`+"\n", class, px(x1), px(y1), px(x2), px(y2))
}

// dot draws a point that says what it is when a pointer rests on it.
func (d *canvas) dot(class string, x, y, radius float64, says string) {
	fmt.Fprintf(d, `<circle class="%s" cx="%s" cy="%s" r="%s"><title>%s</title></circle>`+"\n", class, px(x), px(y), px(radius), escapeLong(says))
}

// box draws a rectangle, likewise.
func (d *canvas) box(class string, x, y, w, h float64, says string) {
	fmt.Fprintf(d, `<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="2"><title>%s</title></rect>`+"\n",
		class, px(x), px(y), px(w), px(h), escapeLong(says))
}

// legend names the colours in lines of text from y down.
func (d *canvas) legend(names []string, y float64) {
	for i, at := range legendPlaces(names) {
		d.box(fmt.Sprintf("fill c%d", i), at.X, y+at.Y-9, 14, 9, names[i])
		d.text("key", at.X+20, y+at.Y, "start", names[i])
	}
}

// legendPlaces returns where each name begins, relative to the legend.
func legendPlaces(names []string) []Point {
	var all []Point
	at := Point{X: left}
	for _, name := range names {
		long := 20 + charWidth*float64(len([]rune(clip(name)))) + 18
		if at.X > left && at.X+long > right {
			at = Point{left, at.Y + legendLine}
		}
		all = append(all, at)
		at.X += long
	}
	return all
}

// legendLine is the height of a line of a legend.
const legendLine = 18.0

// px writes a coordinate with a tenth of a pixel.
func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// clip cuts what is too long to be a name.
func clip(s string) string {
	if r := []rune(s); len(r) > maxName {
		return string(r[:maxName-1]) + "…"
	}
	return s
}

// escape makes a name part of the document; what XML cannot hold is replaced.
func escape(s string) string { return escapeLong(clip(s)) }

func escapeLong(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
