package registry

import (
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// CheckTickets returns why tickets cannot be kept in a region, or nil.
func CheckTickets(region string, batch *rpc.TicketBatch) error {
	if !name(region) {
		return rpc.Errorf(msgdef.CodeBadArgument, "tickets in region %q, want 1 to %d bytes of text", region, maxName)
	}
	if err := batch.Validate(); err != nil {
		return rpc.Errorf(msgdef.CodeBadArgument, "%v", err)
	}
	return nil
}

// NoTicket says that a ticket is not there, for whatever reason.
func NoTicket() error { return rpc.Errorf(msgdef.CodeBadCredentials, "there is no such ticket") }
