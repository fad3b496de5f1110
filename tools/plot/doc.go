// Package plot draws charts as SVG: lines over an axis, and bars side by side.
//
//	Chart ─▶ range of each axis ─▶ ticks ─▶ frame ─▶ lines ─▶ one <svg>      chart.go frame.go line.go
//	Bars  ─▶ range of the values ─▶ one row a bar ─▶ one <svg>               bars.go
//
// A drawing stands alone or within an HTML page. It follows the reader's light
// or dark scheme, says in words what it shows for those who do not see it, and
// names the value of each point to a pointer that rests on it. It has no
// scripts and loads nothing.
//
// Whatever the figures are, something is drawn: what has no place on an axis
// (NaN, infinities, what is not positive on a logarithmic one) leaves a gap in
// its line, long lines are thinned to their peaks, and long names are cut.
//
// The package imports the standard library only. It must never know what the
// figures mean.
package plot
