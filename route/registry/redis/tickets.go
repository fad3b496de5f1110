package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
)

// tickets implements rpc.Tickets for one region.
type tickets struct {
	*Registry
	region string
}

// Tickets implements registry.Registry.
func (r *Registry) Tickets(region string) rpc.Tickets { return tickets{r, region} }

// KeepTickets implements rpc.Tickets in one round trip. Redis forgets what has
// expired; what has already is not written.
func (t tickets) KeepTickets(ctx context.Context, batch *rpc.TicketBatch) error {
	if err := registry.CheckTickets(t.region, batch); err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	err := t.pipe(ctx, func(p goredis.Pipeliner) {
		for i := range batch.Items {
			if item := &batch.Items[i]; item.Expires > now {
				p.SetArgs(ctx, t.keys.ticket(t.region, item.ID), ticketValue(item), goredis.SetArgs{ExpireAt: time.UnixMilli(item.Expires)})
			}
		}
	})
	if err != nil {
		return t.failed(ctx, err)
	}
	return nil
}

// TakeTicket implements rpc.Tickets.
func (t tickets) TakeTicket(ctx context.Context, take *rpc.TicketTake) (*rpc.Ticket, error) {
	timed, cancel := context.WithTimeout(ctx, t.options.Timeout)
	defer cancel()
	value, err := t.client.GetDel(timed, t.keys.ticket(t.region, take.ID)).Result()
	switch {
	case errors.Is(err, goredis.Nil):
		return nil, registry.NoTicket()
	case err != nil:
		return nil, t.failed(ctx, err)
	}
	ticket, err := decodeTicket(take.ID, value)
	if err != nil || ticket.Expires <= time.Now().UnixMilli() {
		return nil, registry.NoTicket() // one that nobody here wrote is none
	}
	return ticket, nil
}

// ticketValue is what a key says of a ticket:
//
//	0                 8
//	├ expires, Unix ms ┼ box to the end
//
// The number is big-endian.
func ticketValue(t *rpc.Ticket) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(t.Box)), uint64(t.Expires))
	return string(append(b, t.Box...))
}

func decodeTicket(id [16]byte, value string) (*rpc.Ticket, error) {
	if len(value) < 8 {
		return nil, fmt.Errorf("%w: ticket of %d bytes", errMalformed, len(value))
	}
	t := &rpc.Ticket{ID: id, Expires: int64(binary.BigEndian.Uint64([]byte(value[:8]))), Box: []byte(value[8:])}
	if err := t.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return t, nil
}
