package registrytest

import (
	"context"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/contracttest"
)

// ticketContract runs the suite of those who call through a route.
func ticketContract(t *testing.T, place Place[Calm]) {
	contracttest.Tickets(t, func(t testing.TB) rpc.Tickets { return open(t, place(t, patient)).Tickets("default") })
}

// keeps keeps a ticket with the number.
func keeps(t testing.TB, in rpc.Tickets, n byte) {
	t.Helper()
	ticket := rpc.Ticket{ID: [16]byte{n}, Box: []byte{n}, Expires: time.Now().Add(time.Hour).UnixMilli()}
	if err := in.KeepTickets(context.Background(), &rpc.TicketBatch{Items: []rpc.Ticket{ticket}}); err != nil {
		t.Fatal(err)
	}
}

// has takes the ticket with the number.
func has(t testing.TB, in rpc.Tickets, n byte) {
	t.Helper()
	if got, err := in.TakeTicket(context.Background(), &rpc.TicketTake{ID: [16]byte{n}}); err != nil || string(got.Box) != string(n) {
		t.Fatalf("ticket %d: %+v, %v", n, got, err)
	}
}

// lacks does not find the ticket with the number.
func lacks(t testing.TB, in rpc.Tickets, n byte) {
	t.Helper()
	_, err := in.TakeTicket(context.Background(), &rpc.TicketTake{ID: [16]byte{n}})
	code(t, err, msgdef.CodeBadCredentials)
}

// ticketRegions has every process of a region, and nobody else, see a ticket.
func ticketRegions(t *testing.T, place Place[Calm]) {
	w := place(t, patient)
	a, b := open(t, w), open(t, w)
	keeps(t, a.Tickets("default"), 1)
	lacks(t, b.Tickets("abroad"), 1)
	has(t, b.Tickets("default"), 1)
	lacks(t, a.Tickets("default"), 1)
	nowhere := a.Tickets("").KeepTickets(context.Background(), &rpc.TicketBatch{Items: make([]rpc.Ticket, 1)})
	code(t, nowhere, msgdef.CodeBadArgument)
}

// ticketsExpire in time.
func ticketsExpire(t *testing.T, place Place[Calm]) {
	r := open(t, place(t, patient)).Tickets("default")
	soon := time.Now().Add(brief / 3)
	brief := rpc.Ticket{ID: [16]byte{1}, Expires: soon.UnixMilli()}
	if err := r.KeepTickets(context.Background(), &rpc.TicketBatch{Items: []rpc.Ticket{brief}}); err != nil {
		t.Fatal(err)
	}
	keeps(t, r, 2)
	sleepFor(time.Until(soon) + 10*time.Millisecond)
	lacks(t, r, 1)
	has(t, r, 2)
}

// ticketTrouble loses tickets with everything else, and says when it cannot know.
func ticketTrouble(t *testing.T, place Place[World]) {
	w := place(t, patient)
	a := open(t, w)
	healthy(t, a, true)
	in := a.Tickets("default")
	keeps(t, in, 1)
	w.Lose()
	until(t, "an answer", func() bool {
		_, err := in.TakeTicket(context.Background(), &rpc.TicketTake{ID: [16]byte{1}})
		return rpc.CodeOf(err) == msgdef.CodeBadCredentials
	})
	w.Away()
	_, err := in.TakeTicket(context.Background(), &rpc.TicketTake{ID: [16]byte{2}})
	code(t, err, msgdef.CodeUnavailable)
	err = in.KeepTickets(context.Background(), &rpc.TicketBatch{Items: []rpc.Ticket{{ID: [16]byte{2}, Expires: time.Now().Add(time.Hour).UnixMilli()}}})
	code(t, err, msgdef.CodeUnavailable)
	w.Back()
	until(t, "tickets are kept again", func() bool {
		return in.KeepTickets(context.Background(), &rpc.TicketBatch{}) == nil && a.Health() == nil
	})
	keeps(t, in, 3)
	has(t, in, 3)
}
