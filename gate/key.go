package gate

import (
	"crypto/rand"
	"fmt"

	"github.com/sim-im/sim/msgdef/secure"
)

// SetKey makes key the one that handshakes use from now on, so that a gate
// takes its next certificate without a restart. Sessions and handshakes under
// way go on. On error the old key stays.
func (s *Server) SetKey(key *secure.GateKey) error {
	handshakes, err := newHandshakes(&s.options, key)
	if err != nil {
		return err
	}
	s.handshakes.Store(handshakes)
	return nil
}

// Key returns the key of SetKey, or of Options: what TLS presents, see
// secure.ServerTLS.
func (s *Server) Key() *secure.GateKey { return s.handshakes.Load().Key() }

// SetTicketKeys makes keys the ones that tickets are sealed and opened with from
// now on. Those that they lack cost full logins; see secure.TicketKeys for how
// to change them at many gates.
func (s *Server) SetTicketKeys(keys *secure.TicketKeys) { s.ticketKeys.Store(keys) }

// ticketKeys are those of o, or new ones.
func ticketKeys(o *Options) (*secure.TicketKeys, error) {
	if o.TicketKeys != nil {
		return o.TicketKeys, nil
	}
	keys, err := secure.NewTicketKeys(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	return keys, nil
}

func newHandshakes(o *Options, key *secure.GateKey) (*secure.ServerHandshake, error) {
	handshakes, err := secure.NewServerHandshake(secure.ServerConfig{Key: key, Admit: o.Suites, Codecs: o.Codecs})
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	return handshakes, nil
}
