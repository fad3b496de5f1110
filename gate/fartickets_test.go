package gate_test

import (
	"context"
	"maps"
	"slices"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

func (e *farEnd) Resume(_ context.Context, req *rpc.ResumeRequest) (*rpc.LoginReply, error) {
	if err := e.enter("Resume"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resumed = append(e.resumed, *req)
	for name, uid := range e.names {
		if uid == req.UID && req.Generation == e.accounts {
			return &rpc.LoginReply{UID: uid, Account: name, Generation: e.accounts}, nil
		}
	}
	return nil, rpc.Errorf(msgdef.CodeBadCredentials, "not any more")
}

func (e *farEnd) KeepTickets(_ context.Context, batch *rpc.TicketBatch) error {
	if err := e.enter("KeepTickets"); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range batch.Items {
		t.Box = slices.Clone(t.Box)
		e.tickets[t.ID] = t
	}
	return nil
}

func (e *farEnd) TakeTicket(ctx context.Context, take *rpc.TicketTake) (*rpc.Ticket, error) {
	if err := e.enter("TakeTicket"); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.hung {
		e.mu.Unlock()
		<-ctx.Done()
		e.mu.Lock()
		return nil, rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
	}
	t, ok := e.tickets[take.ID]
	if !ok {
		return nil, rpc.Errorf(msgdef.CodeBadCredentials, "no such ticket")
	}
	delete(e.tickets, take.ID)
	return &t, nil
}

// copyTickets returns what puts back the tickets that there are now, as a
// registry that is restored from a copy does.
func (e *farEnd) copyTickets() (restore func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	kept := maps.Clone(e.tickets)
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		maps.Copy(e.tickets, kept)
	}
}

// resumptions are the calls of Resume so far.
func (e *farEnd) resumptions() []rpc.ResumeRequest { return copyOf(e, &e.resumed) }

// change changes what is in it.
func (e *farEnd) change(how func(*farEnd)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	how(e)
}

// failure is what a method fails with.
func (*farEnd) failure(method string, code msgdef.ErrorCode) error {
	return rpc.Errorf(code, "%s fails", method)
}

// hangTickets makes calls of TakeTicket last until their callers give up.
func (e *farEnd) hangTickets() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hung = true
}

// kept returns how many tickets there are.
func (e *farEnd) kept() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.tickets)
}
