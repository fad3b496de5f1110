package gate

// Isolated ends all sessions: the gate was stopped, or cut off from everybody
// who could tell it, for so long that a session may be of somebody who was
// banned meanwhile. Clients come again with their proofs, after a pause of
// their own random choice. It does not wait.
func (s *Server) Isolated() {
	var all []*conn
	s.conns.each(func(c *conn) {
		if c.heard.Load() != 0 { // a login under way is checked
			all = append(all, c)
		}
	})
	if len(all) == 0 {
		return
	}
	s.logger.Warn("sessions are ended: nobody knew of them for too long", "sessions", len(all))
	for _, c := range all {
		c.finish(ReasonIsolated, nil)
	}
}
