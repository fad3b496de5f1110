package registry

import (
	"fmt"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// MaxUIDs is how many users a call of Online may name.
const MaxUIDs = 500

// Stats counts what a Registry refused since it was opened.
type Stats struct {
	StaleTerms  uint64 // calls of Sweep with a term below the highest
	StaleEpochs uint64 // updates of an image by a process that another one has followed
}

// Refusals makes and counts the refusals that implementations share. Its zero
// value is ready.
type Refusals struct {
	terms, epochs atomic.Uint64
}

// Stats returns the counts.
func (r *Refusals) Stats() Stats {
	return Stats{StaleTerms: r.terms.Load(), StaleEpochs: r.epochs.Load()}
}

// Term refuses a master's term that is not the highest.
func (r *Refusals) Term(region string, term uint64, highest string) error {
	r.terms.Add(1)
	return rpc.Errorf(msgdef.CodeForbidden, "term %d of region %s is over, term %s is the highest", term, region, highest)
}

// Epoch refuses an update by a gate's process that another one has followed.
func (r *Refusals) Epoch(gate string, epoch uint64) error {
	r.epochs.Add(1)
	return rpc.Errorf(msgdef.CodeForbidden, "epoch %d of gate %s is over, another process has its name", epoch, gate)
}

// Update returns why an update is not one of this gate's process, or nil.
func (r *Refusals) Update(gate Instance, u *rpc.RosterUpdate) error {
	switch {
	case u.Gate != gate.ID:
		return rpc.Errorf(msgdef.CodeBadArgument, "update of gate %q for the image of %s", u.Gate, gate.ID)
	case u.Epoch < gate.Epoch:
		return r.Epoch(gate.ID, u.Epoch)
	case u.Epoch > gate.Epoch:
		return rpc.Errorf(msgdef.CodeBadArgument, "update of epoch %d for the image of epoch %d", u.Epoch, gate.Epoch)
	}
	return nil
}

// Unlisted says that an image cannot be kept while its gate has no lease.
func Unlisted(gate string) error {
	return rpc.Errorf(msgdef.CodeUnavailable, "gate %s is not announced here, its sessions would not count", gate)
}

// CheckUIDs returns why Online cannot answer, or nil.
func CheckUIDs(uids []uint64) error {
	if len(uids) > MaxUIDs {
		return rpc.Errorf(msgdef.CodeBadArgument, "%d users, at most %d", len(uids), MaxUIDs)
	}
	return nil
}

// CheckSweep returns why Sweep cannot be done, or nil.
func CheckSweep(region string, limit int) error {
	if limit < 1 || !name(region) {
		return rpc.Errorf(msgdef.CodeBadArgument, "sweep of %d sessions in region %s", limit, fmt.Sprintf("%q", region))
	}
	return nil
}
