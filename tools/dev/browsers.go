package dev

import (
	"errors"
	"fmt"
	"net"

	"github.com/sim-im/sim/gate/transport/websocket"
	"github.com/sim-im/sim/tools/ops"
)

// openBrowsers takes the address for browsers.
func (s *Server) openBrowsers() error {
	if s.opts.WS == "" {
		return nil
	}
	l, err := websocket.Listen(s.opts.WS, websocket.Options{Origins: s.opts.WSOrigins, Admits: s.admits, Wasted: s.wasted})
	if err != nil {
		return fmt.Errorf("browsers: %w", err)
	}
	s.browsers = l
	s.sources = append(s.sources, ops.BrowserMetrics(func() (int, uint64, map[websocket.Reason]uint64) {
		stats := l.Stats()
		return stats.Pending, stats.Accepted, stats.Failed
	}))
	return nil
}

// validateWS lists mistakes about browsers.
func (o Options) validateWS() error {
	var errs []error
	if err := (websocket.Options{Origins: o.WSOrigins}).Validate(); err != nil {
		errs = append(errs, fmt.Errorf("dev: --ws-origin: %w", err))
	}
	host, _, err := net.SplitHostPort(o.WS)
	switch {
	case o.WS == "" && len(o.WSOrigins) > 0:
		errs = append(errs, errors.New("dev: --ws: is needed for --ws-origin to be of use"))
	case o.WS != "" && (err != nil || !onlyHere(host)):
		errs = append(errs, fmt.Errorf("dev: --ws: browsers connect without TLS here, so it is an address like 127.0.0.1:7104, not %q; sim gate takes a certificate", o.WS))
	}
	return errors.Join(errs...)
}

// WSURL returns the address that browsers connect to, "" when there is none.
func (s *Server) WSURL() string {
	if s.browsers == nil {
		return ""
	}
	return s.browsers.URL()
}
