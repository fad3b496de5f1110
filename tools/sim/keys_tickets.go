package main

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/sim-im/sim/msgdef/secure"
	"github.com/sim-im/sim/tools/keys"
)

// keysTicketsCommand groups what is done with ticket keys.
type keysTicketsCommand struct {
	Make keysTicketsMakeCommand `cmd:"" help:"Make a file with a first key."`
	Add  keysTicketsAddCommand  `cmd:"" help:"Put a new key behind the others: it opens, and does not seal yet."`
	Use  keysTicketsUseCommand  `cmd:"" help:"Put a key in front of the others: it seals from now on."`
	Drop keysTicketsDropCommand `cmd:"" help:"Remove all keys but the one that seals."`
}

// Help implements kong.HelpProvider.
func (keysTicketsCommand) Help() string {
	return `Ticket keys seal what gates remember of sessions, so that clients can resume
them at any gate of the region: all gates have the same file. To bring in a new
key without a full handshake for anybody:

  sim keys tickets add tickets.keys         then copy the file, SIGHUP all gates
  sim keys tickets use tickets.keys NAME    then copy the file, SIGHUP all gates
  sim keys tickets drop tickets.keys        a week later: the last ticket ended

When a key was stolen, make a new file: tickets of the old one are refused, and
clients log in with a full handshake.`
}

// ticketsFile has the argument of every command of ticket keys.
type ticketsFile struct {
	File string `arg:"" help:"The file of ticket keys, mode 0600."`
	keysOutput
}

// tickets is the outcome.
type tickets struct {
	File string   `json:"file"`
	Keys []string `json:"keys"` // names; the first seals
}

// tell shows the keys as they are now.
func (f ticketsFile) tell(p *process, k *secure.TicketKeys) error {
	return f.show(p.out, tickets{f.File, k.Names()}, func(out io.Writer) {
		fmt.Fprintf(out, "%s: %s seals", f.File, k.Names()[0])
		for _, name := range k.Names()[1:] {
			fmt.Fprintf(out, ", %s opens", name)
		}
		fmt.Fprintln(out)
	})
}

// change replaces the keys of the file by what turn makes of them.
func (f ticketsFile) change(p *process, turn func(*secure.TicketKeys) (*secure.TicketKeys, error)) error {
	old, err := keys.ReadTickets(f.File)
	if err != nil {
		return err
	}
	changed, err := turn(old)
	if err != nil {
		return fmt.Errorf("%s: %w", f.File, err)
	}
	if err := keys.WriteTickets(f.File, changed); err != nil {
		return err
	}
	return f.tell(p, changed)
}

// keysTicketsMakeCommand has the flags of sim keys tickets make.
type keysTicketsMakeCommand struct{ ticketsFile }

// Run implements the command.
func (c *keysTicketsMakeCommand) Run(p *process) error {
	k, err := secure.NewTicketKeys(rand.Reader)
	if err == nil {
		err = keys.NewTickets(c.File, k)
	}
	if err != nil {
		return err
	}
	return c.tell(p, k)
}

// keysTicketsAddCommand has the flags of sim keys tickets add.
type keysTicketsAddCommand struct{ ticketsFile }

// Run implements the command.
func (c *keysTicketsAddCommand) Run(p *process) error {
	return c.change(p, func(old *secure.TicketKeys) (*secure.TicketKeys, error) {
		added, err := secure.NewTicketKeys(rand.Reader)
		if err != nil {
			return nil, err
		}
		all := added.With(old)
		_, err = secure.ParseTicketKeys(all.Encode()) // there may be too many
		return all, err
	})
}

// keysTicketsUseCommand has the flags of sim keys tickets use.
type keysTicketsUseCommand struct {
	ticketsFile
	Name string `arg:"" help:"Of the key, as add has shown it."`
}

// Run implements the command.
func (c *keysTicketsUseCommand) Run(p *process) error {
	return c.change(p, func(old *secure.TicketKeys) (*secure.TicketKeys, error) {
		first, ok := old.First(c.Name)
		if !ok {
			return nil, fmt.Errorf("has no key %q: there are %v", c.Name, old.Names())
		}
		return first, nil
	})
}

// keysTicketsDropCommand has the flags of sim keys tickets drop.
type keysTicketsDropCommand struct{ ticketsFile }

// Run implements the command.
func (c *keysTicketsDropCommand) Run(p *process) error {
	return c.change(p, func(old *secure.TicketKeys) (*secure.TicketKeys, error) { return old.Only(), nil })
}
