package relay

// spread gathers the connections that became dirty, and lists them at their
// flushers in the end: one lock and one wake-up a flusher.
type spread struct {
	flushers []*flusher
	lists    [][]*conn // by flusher
}

func newSpread(s *Server) *spread {
	return &spread{flushers: s.flushers, lists: make([][]*conn, len(s.flushers))}
}

// add has c listed by done.
func (sp *spread) add(c *conn) {
	for i, f := range sp.flushers {
		if f == c.flusher {
			sp.lists[i] = append(sp.lists[i], c)
			return
		}
	}
}

// done lists what was added.
func (sp *spread) done() {
	for i, list := range sp.lists {
		if len(list) > 0 {
			sp.flushers[i].add(list...)
			clear(list)
			sp.lists[i] = list[:0]
		}
	}
}
