package node

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/keys"
)

// renewEvery is how often a gate asks for its key.
const renewEvery = time.Hour

// renew keeps the gate's certificate valid, and warns of its end.
func (g *Gate) renew() error {
	reminder := keys.Reminder{Logger: g.logger}
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	for {
		body := g.key.Load().Body()
		reminder.Remind(&body, g.common.Now())
		select {
		case <-ticker.C:
			if err := g.renewKey(); err != nil {
				g.logger.Error("the gate's certificate is not renewed; trying again", "err", err, "every", renewEvery)
			}
			if err := g.renewTickets(); err != nil {
				g.logger.Error("the ticket keys stay as they are; trying again", "err", err, "every", renewEvery)
			}
		case <-g.quit:
			return nil
		}
	}
}

func (g *Gate) renewKey() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	key, err := g.source()
	if err != nil {
		return err
	}
	return g.useKey(key)
}

// renewTickets gives the gate the ticket keys that the file has now.
func (g *Gate) renewTickets() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	tickets, err := readTickets(g.tickets)
	if tickets != nil {
		g.gate.SetTicketKeys(tickets)
	}
	return err
}

// readTickets reads a file of ticket keys; nil without one.
func readTickets(file string) (*secure.TicketKeys, error) {
	if file == "" {
		return nil, nil
	}
	tickets, err := keys.ReadTickets(file)
	if err != nil {
		return nil, fmt.Errorf("--ticket-keys: %w", err)
	}
	return tickets, nil
}

// useKey has handshakes use a key from now on, unless they do. g.mu is held.
func (g *Gate) useKey(key *secure.GateKey) error {
	body := key.Body()
	if body.Serial == g.key.Load().Body().Serial {
		return nil
	}
	if err := errors.Join(keys.Holds(&body, g.common.Now()), g.gate.SetKey(key)); err != nil {
		return err
	}
	g.key.Store(key)
	g.logger.Info("new gate certificate", "serial", body.Serial, "until", time.Unix(body.NotAfter, 0))
	return nil
}

// Prepare reads the files that options name, and finds every mistake. commit
// puts in use what a gate takes while it runs: the key, ticket keys, limits, the
// oldest apps, and the certificate that browsers see. Sessions go on. Everything
// else in options is as it was at the start.
func (g *Gate) Prepare(options GateOptions) (commit func(), err error) {
	if options.Key == nil { // Validate says so
		return nil, options.Validate()
	}
	key, errKey := options.Key()
	if errKey == nil {
		body := key.Body()
		errKey = keys.Holds(&body, g.common.Now())
	}
	if errKey != nil {
		errKey = fmt.Errorf("--key, --root-key: %w", errKey)
	}
	tickets, errTickets := readTickets(options.TicketKeys)
	web, errWeb := g.browsers.Prepare(options.WS)
	if err := errors.Join(options.Validate(), errKey, errTickets, errWeb, options.Limits.Validate()); err != nil {
		return nil, err
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.source, g.tickets = options.Key, options.TicketKeys
		if tickets != nil { // else those in use stay
			g.gate.SetTicketKeys(tickets)
		}
		g.gate.SetMinApps(options.MinApps)
		web()
		if err := errors.Join(g.useKey(key), g.gate.SetLimits(options.Limits)); err != nil { // they were checked
			g.logger.Error("not all settings are taken", "err", err)
		}
	}, nil
}
