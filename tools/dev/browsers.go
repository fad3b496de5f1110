package dev

// openBrowsers takes the address for browsers.
func (s *Server) openBrowsers() (err error) {
	s.browsers, err = s.opts.WS.Open(s.admits, s.wasted, s.opts.Now)
	if s.browsers != nil {
		s.sources = append(s.sources, s.browsers.Metrics())
	}
	return err
}

// WSURL returns the address that browsers connect to, "" when there is none.
func (s *Server) WSURL() string { return s.browsers.URL() }
