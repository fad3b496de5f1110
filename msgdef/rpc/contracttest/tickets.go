package contracttest

import (
	"bytes"
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/loopback"
)

// TicketsFactory returns a place for tickets that is empty.
type TicketsFactory func(t testing.TB) rpc.Tickets

// Tickets checks an implementation of rpc.Tickets.
func Tickets(t *testing.T, open TicketsFactory) {
	for name, check := range map[string]func(*testing.T, ticketsTest){
		"batch sizes":   ticketSizes,
		"ended context": ticketsEnded,
		"once":          takeOnce,
		"one of many":   takeAtOnce,
		"expired":       takeLate,
		"bounds":        ticketBounds,
		"repeated":      keepTwice,
	} {
		t.Run(name, func(t *testing.T) { check(t, ticketsTest{open(t)}) })
	}
}

// ticketsTest is a place for tickets.
type ticketsTest struct {
	rpc.Tickets
}

// ticketOf is a ticket of a number, until the year 2100.
func ticketOf(n int) rpc.Ticket {
	ticket := rpc.Ticket{Box: bytes.Repeat([]byte{byte(n)}, maxBox), Expires: 4102444800000}
	binary.BigEndian.PutUint64(ticket.ID[:], uint64(n+1))
	return ticket
}

// keep keeps tickets, and spoils the argument.
func (k ticketsTest) keep(t testing.TB, tickets ...rpc.Ticket) {
	t.Helper()
	batch := &rpc.TicketBatch{Items: tickets}
	if err := k.KeepTickets(within(t), batch); err != nil {
		t.Fatalf("keep: %v", err)
	}
	loopback.Poison(batch)
}

// takes takes a ticket that is there.
func (k ticketsTest) takes(t testing.TB, want rpc.Ticket) {
	t.Helper()
	take := &rpc.TicketTake{ID: want.ID}
	got := must[rpc.Ticket](t)(k.TakeTicket(within(t), take))
	loopback.Poison(take)
	if got.ID != want.ID || got.Expires != want.Expires || !bytes.Equal(got.Box, want.Box) {
		t.Errorf("taken %x until %d, %d bytes; want %x until %d, %d bytes", got.ID, got.Expires, len(got.Box), want.ID, want.Expires, len(want.Box))
	}
	loopback.Poison(got) // the caller's own
}

// misses takes a ticket that is not there.
func (k ticketsTest) misses(t testing.TB, what string, id [16]byte) {
	t.Helper()
	_, err := k.TakeTicket(within(t), &rpc.TicketTake{ID: id})
	refused(t, what, err, msgdef.CodeBadCredentials)
}

func (k ticketsTest) calls() []batchCall {
	return []batchCall{{"KeepTickets", maxTickets, func(ctx context.Context, n int) (int, error) {
		return n, k.KeepTickets(ctx, &rpc.TicketBatch{Items: repeat(n, ticketOf)})
	}}}
}

func ticketSizes(t *testing.T, k ticketsTest) {
	for _, c := range k.calls() {
		c.sizes(t)
	}
	k.takes(t, ticketOf(0))
	k.takes(t, ticketOf(maxTickets-1))
	k.misses(t, "one of too many", ticketOf(maxTickets).ID)
}

func ticketsEnded(t *testing.T, k ticketsTest) {
	for _, c := range k.calls() {
		c.ended(t)
	}
	k.misses(t, "one that was not kept", ticketOf(0).ID)
	k.keep(t, ticketOf(1))
	_, err := k.TakeTicket(cancelled(), &rpc.TicketTake{ID: ticketOf(1).ID})
	refused(t, "TakeTicket with a context that has ended", err, msgdef.CodeTimeout)
}

func takeOnce(t *testing.T, k ticketsTest) {
	k.misses(t, "none at all", ticketOf(1).ID)
	k.keep(t, ticketOf(1), ticketOf(2))
	k.takes(t, ticketOf(2))
	k.misses(t, "the second time", ticketOf(2).ID)
	k.takes(t, ticketOf(1))
}

// takeAtOnce gives a ticket that many ask for to one of them.
func takeAtOnce(t *testing.T, k ticketsTest) {
	k.keep(t, ticketOf(1))
	ctx := within(t)
	var got atomic.Int32
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if _, err := k.TakeTicket(ctx, &rpc.TicketTake{ID: ticketOf(1).ID}); err == nil {
				got.Add(1)
			}
		})
	}
	group.Wait()
	if got.Load() != 1 {
		t.Errorf("%d have one ticket", got.Load())
	}
}

// takeLate finds nothing of what has expired.
func takeLate(t *testing.T, k ticketsTest) {
	late, never := ticketOf(1), ticketOf(2)
	late.Expires = time.Now().Add(-time.Second).UnixMilli()
	never.Expires = 0
	k.keep(t, late, never, ticketOf(3))
	k.misses(t, "an expired one", late.ID)
	k.misses(t, "one that expires in 1970", never.ID)
	k.takes(t, ticketOf(3))
}

// ticketBounds holds boxes of every size, and none that is too large.
func ticketBounds(t *testing.T, k ticketsTest) {
	empty, large := ticketOf(1), ticketOf(2)
	empty.Box, large.Box = nil, make([]byte, maxBox+1)
	k.keep(t, empty)
	k.takes(t, empty)
	err := k.KeepTickets(within(t), &rpc.TicketBatch{Items: []rpc.Ticket{large}})
	refused(t, "a box that is too large", err, msgdef.CodeBadArgument)
}

// keepTwice keeps what was kept: the answer to the first call may get lost.
func keepTwice(t *testing.T, k ticketsTest) {
	k.keep(t, ticketOf(1))
	k.keep(t, ticketOf(1))
	k.takes(t, ticketOf(1))
	k.misses(t, "the second time", ticketOf(1).ID)
}
