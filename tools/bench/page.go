package bench

import (
	"bytes"
	_ "embed" // the template
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/sim-im/sim/tools/plot"
)

//go:embed page.html.tmpl
var pageTemplate string

// page is what the template shows.
type page struct {
	Title    string
	Compared []comparison // of reports under the same load; none of a single report
	Reports  []chapter
}

// chapter is one report.
type chapter struct {
	Report
	Heading string
	Broken  error
	Costs   []sideCost
	Charts  []template.HTML
}

// WriteHTML writes a page about reports: tables, and plots of the measured time.
// Several reports are also compared, those under the same load on the same axes.
// The page is one file that loads nothing and runs no scripts. The error is w's.
func WriteHTML(w io.Writer, reports []Report) error {
	p := page{Title: "sim bench", Compared: compareReports(reports)}
	for _, r := range reports {
		p.Reports = append(p.Reports, chapterOf(r))
	}
	if modes := modesOf(reports); modes != "" {
		p.Title += " " + modes
	}
	t, err := template.New("page").Funcs(pageFuncs()).Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("bench: page: %w", err)
	}
	return t.Execute(w, p)
}

// WriteHTML writes the page of one report.
func (r Report) WriteHTML(w io.Writer) error { return WriteHTML(w, []Report{r}) }

// WriteHTML writes the page of all runs.
func (l Limit) WriteHTML(w io.Writer) error {
	var all []Report
	for _, load := range l.Loads {
		for _, s := range load.Subjects {
			all = append(all, s.Runs...)
		}
	}
	return WriteHTML(w, all)
}

func chapterOf(r Report) chapter {
	c := chapter{Report: r, Heading: r.Mode + ", " + r.Target + r.load(), Broken: r.Err(), Costs: r.sides()}
	for _, chart := range r.charts() {
		c.Charts = append(c.Charts, svg(chart))
	}
	return c
}

// modesOf lists the modes of reports, each once.
func modesOf(reports []Report) string {
	var all []string
	for _, r := range reports {
		if text := strings.Join(all, " "); !strings.Contains(text, r.Mode) {
			all = append(all, r.Mode)
		}
	}
	return strings.Join(all, ", ")
}

// pageFuncs write figures; the template says of which unit.
func pageFuncs() template.FuncMap {
	in := func(u plot.Unit) func(any) string {
		return func(v any) string { return u.Format(number(v)) }
	}
	return template.FuncMap{"count": in(plot.None), "bytes": in(plot.Bytes), "ms": in(plot.Milliseconds), "us": in(plot.Microseconds), "whole": whole}
}

// whole writes a count with all its digits.
func whole(n uint64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", whole(n/1000), n%1000)
}

// number takes the kinds of numbers that reports have.
func number(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case uint64:
		return float64(n)
	case int:
		return float64(n)
	}
	return 0
}

// svg draws what becomes a part of the page. Drawings escape every text
// themselves.
func svg(d interface{ WriteSVG(io.Writer) error }) template.HTML {
	var out bytes.Buffer
	_ = d.WriteSVG(&out) // a buffer takes everything
	return template.HTML(out.String())
}
