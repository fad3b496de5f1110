package keys

import (
	"errors"
	"io/fs"
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

// TicketKeys returns the keys that seal tickets, made and written when they are
// missing. Damaged ones are an error: other gates may have the same.
func (f Folder) TicketKeys() (*secure.TicketKeys, error) {
	k, err := ReadTickets(f.TicketKeysFile())
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if k, err = secure.NewTicketKeys(f.withDefaults().Rand); err != nil {
		return nil, err
	}
	return k, NewTickets(f.TicketKeysFile(), k)
}
