package gate

// Users returns how many users the gate remembers.
func (s *Server) Users() int {
	s.senders.mu.Lock()
	defer s.senders.mu.Unlock()
	return len(s.senders.users)
}
