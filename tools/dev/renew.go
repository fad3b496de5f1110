package dev

import (
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// renewEvery is how often a running server looks at its certificate, which is
// replaced days before its end.
const renewEvery = time.Hour

// renew keeps the gate's certificate valid until Close.
func (s *Server) renew() error {
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := s.renewKey(); err != nil {
				s.logger.Error("the gate's certificate is not renewed; trying again", "err", err, "every", renewEvery)
			}
		case <-s.quit:
			return nil
		}
	}
}

// renewKey gives the gate its next key when the present one is near its end.
func (s *Server) renewKey() error {
	key, err := s.key()
	if err != nil {
		return err
	}
	if key.Body().Serial == s.inUse.Load().Body().Serial {
		return nil
	}
	if err := s.gate.SetKey(key); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	s.inUse.Store(key)
	s.logger.Info("new gate certificate", "serial", key.Body().Serial, "until", time.Unix(key.Body().NotAfter, 0))
	return nil
}

// key returns the gate's key, made or renewed when necessary.
func (s *Server) key() (*secure.GateKey, error) {
	key, err := s.keys.GateKey(gateID)
	return key, s.folder.wrap(err)
}
