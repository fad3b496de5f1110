package node

import (
	"errors"

	"github.com/sim-im/sim/tools/ops"
)

// wrongFile is err, as one of options where it is about a file of theirs.
func wrongFile(err error) error {
	var file *ops.FileError
	if errors.As(err, &file) {
		return &OptionsError{err}
	}
	return err
}

// openMedia takes the address of media.
func (s *IMService) openMedia() (err error) {
	s.media, err = ops.OpenMedia(s.options.Media, s.common.Now)
	if s.media != nil {
		s.onClose(s.media.Close)
	}
	return wrongFile(err)
}

// serveMedia serves them. They go on while the service ends, which then knows none.
func (s *IMService) serveMedia() error {
	if s.media == nil {
		return nil
	}
	if err := s.media.Start(s.service, s.logger, s.common.Now); err != nil {
		return err
	}
	s.metrics = append(s.metrics, s.media.Metrics())
	s.loop("media", s.media.Run)
	s.logger.Info("media are served", "url", s.media.URL())
	return nil
}

// MediaURL returns where media are served, "" when none are.
func (s *IMService) MediaURL() string {
	if s.media == nil {
		return ""
	}
	return s.media.URL()
}
