package push

import "time"

// complaintSpacing is the least time between two log lines about rows that are
// dropped for a reason somebody should look into.
const complaintSpacing = 10 * time.Second

// complain logs a row that was dropped; err may be nil.
func (s *Server) complain(r *row, why Reason, err error) {
	c := &s.complained
	now := s.options.Now()
	c.mu.Lock()
	silent := c.silent
	quiet := !c.at.IsZero() && now.Sub(c.at) < complaintSpacing
	if quiet {
		c.silent++
	} else {
		c.at, c.silent = now, 0
	}
	c.mu.Unlock()
	if !quiet {
		s.options.Logger.Warn("a push was dropped", "reason", why.String(),
			"row", r.ID, "uid", r.UID, "device", r.Device, "error", err, "unlogged", silent)
	}
}
