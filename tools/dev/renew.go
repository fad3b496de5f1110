package dev

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/keys"
)

// renewEvery is how often a running server looks at its certificate, which is
// replaced days before its end.
const renewEvery = time.Hour

// renew keeps the gate's certificate valid until Close.
func (s *Server) renew() error {
	reminder := keys.Reminder{Logger: s.logger}
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	for {
		body := s.inUse.Load().Body()
		reminder.Remind(&body, s.opts.Now())
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
	s.renewing.Lock()
	defer s.renewing.Unlock()
	key, err := s.key()
	if err != nil {
		return err
	}
	return s.useKey(key)
}

// useKey has handshakes use a key from now on, unless they do. s.renewing is held.
func (s *Server) useKey(key *secure.GateKey) error {
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

// Prepare reads the gate's keys again and finds every mistake in options. commit
// puts in use what a server takes while it runs: the keys, limits, the oldest
// apps, and the certificate that browsers see. Everything else in options is as it was at the start.
func (s *Server) Prepare(options Options) (commit func(), err error) {
	s.renewing.Lock()
	key, errKey := s.key()
	s.renewing.Unlock()
	tickets, errTickets := s.keys.TicketKeys()
	web, errWeb := s.browsers.Prepare(options.WS)
	options = options.withDefaults()
	if err := errors.Join(options.Validate(), errKey, errTickets, errWeb, options.GateLimits.Validate()); err != nil {
		return nil, err
	}
	return func() {
		s.renewing.Lock()
		defer s.renewing.Unlock()
		s.gate.SetTicketKeys(tickets)
		s.gate.SetMinApps(options.MinApps)
		web()
		if err := errors.Join(s.useKey(key), s.gate.SetLimits(options.GateLimits)); err != nil { // they were checked
			s.logger.Error("not all settings are taken", "err", err)
		}
	}, nil
}
