package keys

import (
	"os"

	"github.com/sim-im/sim/msgdef/secure"
)

// ReadTickets reads a file of ticket keys.
func ReadTickets(file string) (*secure.TicketKeys, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	k, err := secure.ParseTicketKeys(text)
	return k, in(file, err)
}

// NewTickets writes ticket keys to a file that does not exist yet.
func NewTickets(file string, k *secure.TicketKeys) error { return create(file, k.Encode(), 0o600) }

// WriteTickets replaces a file of ticket keys.
func WriteTickets(file string, k *secure.TicketKeys) error { return write(file, k.Encode(), 0o600) }
