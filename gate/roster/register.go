package roster

import (
	"context"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// maxItems is most items of a batch and of an update, see rpc.RosterUpdate.
const maxItems = 10000

// Register implements rpc.Sessions. It returns when every required image that
// is in sync has the sessions and topics, or fell behind meanwhile, and at least one
// has them. A session that was unregistered already is left out.
//
// Errors: CodeUnavailable when no required image is in sync, or the roster is
// closed; CodeTimeout when ctx ended first; CodeBadArgument for a batch of
// another process, too many sessions, or nobody's. After the first two, what
// was registered may be known to images and needs Unregister.
func (r *Roster) Register(ctx context.Context, batch *rpc.SessionBatch) error {
	if err := r.check(ctx, batch); err != nil {
		return err
	}
	r.mu.Lock()
	if err := r.ready(); err != nil {
		r.mu.Unlock()
		return err
	}
	for i := range batch.Items {
		r.begin(batch.Items[i])
	}
	r.watch(batch.Topics)
	done := r.wait()
	r.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
	}
}

// ready returns why no session can begin. The lock is held.
func (r *Roster) ready() error {
	if r.closed {
		return rpc.Errorf(msgdef.CodeUnavailable, "the gate is closing")
	}
	if _, ok := r.floor(); !ok {
		return r.unavailable()
	}
	return nil
}

// begin enters a session. The lock is held.
func (r *Roster) begin(item rpc.Session) {
	if !r.ended.has(item.Conn) && r.seats.add(item) {
		r.counts.began++
		r.record(event{Session: item})
	}
}

// Unregister implements rpc.Sessions. It returns at once: images hear of it
// with the next update. Errors: CodeTimeout when ctx has ended before, and
// CodeBadArgument like Register.
func (r *Roster) Unregister(ctx context.Context, batch *rpc.SessionBatch) error {
	if err := r.check(ctx, batch); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range batch.Items {
		conn := batch.Items[i].Conn
		r.ended.add(conn)
		if item, ok := r.seats.remove(conn); ok {
			r.counts.ended++
			r.record(event{Session: item, over: true})
		}
	}
	r.unwatch(batch.Topics)
	return nil
}

// record adds an event and wakes the feeds, which take it together with
// everything else that gathers until they are free. The lock is held.
func (r *Roster) record(e event) {
	r.journal.add(e)
	for _, f := range r.feeds {
		f.signal()
	}
}

// check finds what no gate may ask for.
func (r *Roster) check(ctx context.Context, batch *rpc.SessionBatch) error {
	switch {
	case ctx.Err() != nil:
		return rpc.Errorf(msgdef.CodeTimeout, "%v", ctx.Err())
	case len(batch.Items) > maxItems:
		return rpc.Errorf(msgdef.CodeBadArgument, "%d sessions, at most %d", len(batch.Items), maxItems)
	case len(batch.Topics) > maxItems:
		return rpc.Errorf(msgdef.CodeBadArgument, "%d topics, at most %d", len(batch.Topics), maxItems)
	case batch.Gate != r.options.Gate || batch.Epoch != r.options.Epoch:
		return rpc.Errorf(msgdef.CodeBadArgument, "gate %q in epoch %d asks the roster of %q in epoch %d",
			batch.Gate, batch.Epoch, r.options.Gate, r.options.Epoch)
	}
	for i := range batch.Items {
		if item := &batch.Items[i]; item.UID == 0 || item.Device == 0 {
			return rpc.Errorf(msgdef.CodeBadArgument, "session %d has user %d and device %d", i, item.UID, item.Device)
		}
	}
	return nil
}
