package dev

import "context"

// openMedia serves media.
func (s *Server) openMedia() error {
	if s.media == nil {
		return nil
	}
	if err := s.media.Start(s.service, s.logger, s.opts.Now); err != nil {
		return err
	}
	s.loop("media", s.media.Run)
	return nil
}

func (s *Server) closeMedia(ctx context.Context) error {
	if s.media == nil {
		return nil
	}
	return s.media.Close(ctx)
}

// MediaURL returns where media are served, "" when none are.
func (s *Server) MediaURL() string {
	if s.media == nil {
		return ""
	}
	return s.media.URL()
}
