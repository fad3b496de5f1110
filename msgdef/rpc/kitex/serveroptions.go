package kitex

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/sim-im/sim/msgdef/rpc"
)

// MaxConns is the default bound of a server's connections.
const MaxConns = 4096

// ServerOptions is what a Server is made of. Only Listener is needed.
type ServerOptions struct {
	// Listener accepts plain connections; the server closes it.
	Listener net.Listener

	// TLS secures connections; nil leaves them plain. For mutual TLS its
	// ClientAuth asks for certificates.
	TLS *tls.Config

	// MaxConns bounds connections; those beyond it are closed at once. 0 means
	// MaxConns.
	MaxConns int

	// MaxFrame bounds a call or an answer in bytes; 0 means MaxFrame. It is also
	// the memory that one connection can make the server take.
	MaxFrame int

	// Logger gets what operators should know; nil is silence.
	Logger *slog.Logger

	version uint16 // 0 means rpc.Version
}

// withDefaults fills in what was left out.
func (o ServerOptions) withDefaults() ServerOptions {
	if o.MaxConns == 0 {
		o.MaxConns = MaxConns
	}
	if o.MaxFrame == 0 {
		o.MaxFrame = MaxFrame
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.version == 0 {
		o.version = rpc.Version
	}
	return o
}

// validate returns why no Server can be made of o.
func (o ServerOptions) validate(offers []Offer) error {
	switch {
	case o.Listener == nil:
		return errors.New("kitex: no listener")
	case o.MaxConns < 0:
		return fmt.Errorf("kitex: %d connections", o.MaxConns)
	case o.MaxFrame < 0:
		return fmt.Errorf("kitex: frames of %d bytes", o.MaxFrame)
	case len(offers) == 0:
		return errors.New("kitex: nothing to offer")
	}
	seen := make(map[string]bool)
	for _, offer := range offers {
		if seen[offer.service.name] {
			return fmt.Errorf("kitex: two offers of %s", offer.service.name)
		}
		seen[offer.service.name] = true
	}
	return nil
}
