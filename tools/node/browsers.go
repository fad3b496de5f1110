package node

// openBrowsers takes the address for browsers.
func (g *Gate) openBrowsers() (err error) {
	g.browsers, err = g.options.WS.Open(g.admits, g.wasted, g.common.Now)
	if g.browsers == nil {
		return wrongFile(err)
	}
	g.metrics = append(g.metrics, g.browsers.Metrics())
	g.add(g.browsers)
	return nil
}

// WSURL returns the address that browsers connect to, "" when there is none; the
// name in their certificate is another matter.
func (g *Gate) WSURL() string { return g.browsers.URL() }
