package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/gate/transport/tcp"
)

// openClients takes the address for clients, once for each transport.
func (g *Gate) openClients() error {
	l, err := tcp.Listen(g.options.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	g.add(l)
	// QUIC comes here: the same port number as l's, over UDP.
	return nil
}

// add has a listener closed if the gate never serves it.
func (g *Gate) add(l transport.Listener) {
	g.listeners = append(g.listeners, l)
	g.onClose(func(context.Context) error {
		if err := l.Close(); !errors.Is(err, transport.ErrClosed) {
			return err
		}
		return nil
	})
}

// Addr returns the address that clients dial.
func (g *Gate) Addr() string { return g.listeners[0].Addr() }
