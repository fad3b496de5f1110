package gate

// SetLimits makes limits the ones that hold from now on; a zero field takes the
// value of its comment again. What is open or waiting beyond them stays and
// counts, so that a lower limit holds when enough has ended. Flushers do not
// change. On error the old limits stay.
func (s *Server) SetLimits(limits Limits) error {
	limits.fill()
	if err := limits.validate(); err != nil {
		return err
	}
	s.limits.Store(&limits)
	s.admission.limit(&limits)
	s.pressure.most.Store(int64(limits.StuckBytes))
	return nil
}

// Validate lists what is wrong with limits, which may have zero fields.
func (l Limits) Validate() error {
	l.fill()
	return l.validate()
}

// noteLimits returns what bounds the notes of a connection.
func (s *Server) noteLimits() noteLimits {
	l := s.limits.Load()
	return noteLimits{l.WaitingFrames, l.WaitingBytes, &s.pressure}
}
