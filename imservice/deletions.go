package imservice

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
)

// deletions clean up behind accounts that were removed. That an account is removed is
// one commit (Server.remove), and what is left to do is in the same one:
//
//	removed ──1 groups ──2 people ──3 what waits, profile ──4 own conversations ──5 rows──▶ only its name
//
// Each step goes through the sequencer in small errands, like what users send, and
// looks in the store for what is left of it, so it may be begun again whenever it was
// cut short, and be done by two services at once. What is done is counted in the store
// after it: a power cut repeats at most one step. Nothing can come in between, since
// who was removed has no inbox any more, see gone.go.
//
// What stays: messages in conversations that others are in, reactions to them, media
// that they carry, and the name and standing of the account, so that the messages have
// a sender and nobody else gets the name.
type deletions struct {
	store  store.Store
	log    *slog.Logger
	now    func() time.Time
	in     *intake
	trims  *retention
	outbox *outbox
	shared bool // other services have the store too

	mu   sync.Mutex
	own  map[uint64]bool // begun here, and not over
	seen map[uint64]sight
	left int    // at the last look
	done uint64 // accounts

	wake chan struct{} // holds one
	loop loop
}

// sight is since when a deletion of a shared store has not gone on.
type sight struct {
	done  uint8
	since time.Time
}

const (
	deleteLook  = 5 * time.Second // between looks for what is left
	deletePage  = 64              // groups, people or accounts that are read at once
	deleteRows  = 500             // removed at once
	deleteAdopt = time.Minute     // after which one that does not go on is of a service that is gone
)

// errAgain says that a step has to be looked at anew: the world has moved.
var errAgain = errors.New("others were faster")

// deletionSteps are what is done about an account, in order.
func deletionSteps() []func(*deletions, context.Context, uint64) error {
	return []func(*deletions, context.Context, uint64) error{
		(*deletions).leaveGroups, (*deletions).leavePeople, (*deletions).silence, (*deletions).clearOwn, (*deletions).eraseRows,
	}
}

func newDeletions(s *Server) *deletions {
	o := s.options
	d := &deletions{
		store: o.Store, log: o.Logger, now: o.Now, in: s.intake, trims: s.retention, outbox: s.outbox,
		own: map[uint64]bool{}, seen: map[uint64]sight{}, wake: make(chan struct{}, 1),
	}
	_, d.shared = o.Store.(store.Shared)
	return d
}

// begin starts one that the store has.
func (d *deletions) begin(uid uint64) {
	d.mu.Lock()
	d.own[uid] = true
	d.mu.Unlock()
	d.look()
}

// run cleans up until ctx ends. What is left the next start does.
func (d *deletions) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := d.turn(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("accounts that were deleted are not cleaned up yet; it is tried again", "error", err)
		}
		look := time.NewTimer(deleteLook)
		select {
		case <-d.wake:
		case <-look.C:
		case <-ctx.Done():
		}
		look.Stop()
	}
}

// turn cleans up behind all accounts that are this service's to clean.
func (d *deletions) turn(ctx context.Context) error {
	left, failed := 0, error(nil)
	for after := uint64(0); ; {
		page, err := d.store.Deletions(nil, after, deletePage)
		if err != nil {
			return err
		}
		for _, row := range page {
			after = row.UID
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if d.mine(row) {
				err = d.clean(ctx, row)
				failed = errors.Join(failed, err)
			}
			if err != nil || !d.mine(row) {
				left++
			}
		}
		if len(page) < deletePage {
			break
		}
	}
	d.mu.Lock()
	d.left = left
	d.mu.Unlock()
	return failed
}

// mine tells whether a deletion is this service's to go on with.
func (d *deletions) mine(row store.Deletion) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.shared || d.own[row.UID] {
		return true
	}
	now := d.now()
	if at, known := d.seen[row.UID]; !known || at.done != row.Done {
		d.seen[row.UID] = sight{row.Done, now}
		return false
	}
	if now.Sub(d.seen[row.UID].since) < deleteAdopt {
		return false
	}
	d.own[row.UID] = true
	return true
}

// clean does what is left of an account.
func (d *deletions) clean(ctx context.Context, row store.Deletion) error {
	if err := d.settle(); err != nil {
		return err
	}
	steps := deletionSteps()
	for i := int(row.Done); i < len(steps); i++ {
		if err := steps[i](d, ctx, row.UID); err != nil {
			return err
		}
		if err := d.store.NoteDeletion(row.UID, uint8(i+1)); err != nil {
			return err
		}
	}
	if err := d.store.DropDeletion(row.UID); err != nil {
		return err
	}
	d.mu.Lock()
	delete(d.own, row.UID)
	delete(d.seen, row.UID)
	d.done++
	d.mu.Unlock()
	d.log.Info("an account that was deleted is cleaned up", "uid", row.UID)
	return nil
}

// settle returns when all is committed that was taken before: of that some may be of
// somebody who was here when it was placed.
func (d *deletions) settle() error {
	s := &settling{awaited: make(awaited, 1)}
	return d.in.carryOut(s, 1, s.awaited)
}

// settling is an errand that does nothing.
type settling struct{ awaited }

func (*settling) about(*store.Ground) {}

func (*settling) join(*sequencer, *batch) error { return nil }

// counts returns how many accounts are to be cleaned, and were.
func (d *deletions) counts() (left int, done uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(d.left, len(d.own)), d.done
}

// leaveGroups is a step: the user is nothing in any group any more.
func (d *deletions) leaveGroups(ctx context.Context, uid uint64) error {
	for after := (msgdef.Conversation{}); ; {
		page, err := d.store.MemberOf(nil, uid, after, deletePage)
		if err != nil {
			return err
		}
		for _, conv := range page {
			if err := d.leaveGroup(ctx, uid, conv); err != nil {
				return err
			}
			after = conv
		}
		if len(page) < deletePage {
			return nil
		}
	}
}

// leavePeople is a step: the user is nothing to anybody any more, nor anybody to them.
func (d *deletions) leavePeople(ctx context.Context, uid uint64) error {
	of := func(dst []uint64, after uint64, limit int) ([]uint64, error) {
		rows, err := d.store.RelationsOf(nil, uid, after, limit)
		for i := range rows {
			dst = append(dst, rows[i].UID)
		}
		return dst, err
	}
	to := func(dst []uint64, after uint64, limit int) ([]uint64, error) {
		return d.store.RelatedTo(dst, uid, after, limit)
	}
	for _, list := range []func([]uint64, uint64, int) ([]uint64, error){of, to} {
		for after := uint64(0); ; {
			page, err := list(nil, after, deletePage)
			if err != nil || len(page) == 0 {
				if err != nil {
					return err
				}
				break
			}
			p := &partings{awaited: make(awaited, 1), uid: uid, peers: page}
			if err := errors.Join(ctx.Err(), d.in.carryOut(p, len(page), p.awaited)); err != nil {
				return err
			}
			after = page[len(page)-1]
		}
	}
	return nil
}

// look has run look at once for what is left.
func (d *deletions) look() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}
