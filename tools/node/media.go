package node

import (
	"crypto/tls"

	"github.com/sim-im/sim/tools/ops"
)

// openMedia takes the address of media.
func (s *IMService) openMedia() (err error) {
	var secure *tls.Config
	if o := s.options.Media; o.Cert != "" {
		web := &certificate{cert: o.Cert, key: o.Key, now: s.common.Now}
		if _, err := web.get(nil); err != nil {
			return &OptionsError{err}
		}
		secure = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: web.get}
	}
	s.media, err = ops.OpenMedia(s.options.Media, secure)
	if s.media != nil {
		s.onClose(s.media.Close)
	}
	return err
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
