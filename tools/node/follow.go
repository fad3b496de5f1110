package node

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/route/registry"
)

// attachRetry is the pause after an instance could not be attached.
const attachRetry = 500 * time.Millisecond

// follower keeps something attached for each instance of a view in a region.
type follower struct {
	view   registry.View
	region string

	// attach returns what undoes it, which may take as long as a call.
	attach func(registry.Instance) (detach func(), err error)

	// listed, if not nil, hears of the instances after every change, before they
	// are attached. It returns whether it wants to hear of them again soon.
	listed func([]registry.Instance) (again bool)
}

// follow begins to attach. Close detaches everything.
func (p *Process) follow(f follower) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		p.attachUntil(stop, f)
	}()
	p.onClose(func(context.Context) error {
		close(stop)
		<-done
		return nil
	})
}

func (p *Process) attachUntil(stop <-chan struct{}, f follower) {
	a := &attachments{process: p, follower: f, detach: map[registry.Instance]func(){}, failed: map[registry.Instance]bool{}}
	defer a.detaching.Wait()
	defer func() {
		for _, detach := range a.detach {
			a.detaching.Go(detach)
		}
	}()
	for {
		changed := f.view.Changed()
		again := a.reconcile()
		select {
		case <-changed:
		case <-again:
		case <-stop:
			return
		}
	}
}

// attachments are what a follower has attached.
type attachments struct {
	process *Process
	follower
	detach    map[registry.Instance]func()
	failed    map[registry.Instance]bool // could not be attached, which was logged
	detaching sync.WaitGroup
}

// reconcile attaches who came and detaches who left. again is not nil when
// something is to be tried once more.
func (a *attachments) reconcile() (again <-chan time.Time) {
	there := a.view.Instances()
	there = slices.DeleteFunc(slices.Clone(there), func(i registry.Instance) bool { return i.Region != a.region })
	if a.listed != nil && a.listed(there) {
		again = time.After(attachRetry)
	}
	a.leave(there)
	for _, i := range there {
		if a.detach[i] == nil && !a.enter(i) {
			again = time.After(attachRetry)
		}
	}
	return again
}

// leave detaches who is not there any more. One that hangs does not delay the
// others.
func (a *attachments) leave(there []registry.Instance) {
	for i, detach := range a.detach {
		if !slices.Contains(there, i) {
			a.process.logger.Info("gone", "peer", name(i), "addr", i.Addr, "epoch", i.Epoch)
			delete(a.detach, i)
			a.detaching.Go(detach)
		}
	}
	maps.DeleteFunc(a.failed, func(i registry.Instance, _ bool) bool { return !slices.Contains(there, i) })
}

// enter attaches an instance, and returns whether it could.
func (a *attachments) enter(i registry.Instance) bool {
	detach, err := a.attach(i)
	if err != nil {
		if !a.failed[i] {
			a.process.logger.Warn("cannot be worked with", "peer", name(i), "addr", i.Addr, "err", err)
		}
		a.failed[i] = true
		return false
	}
	a.process.logger.Info("found", "peer", name(i), "addr", i.Addr, "epoch", i.Epoch)
	delete(a.failed, i)
	a.detach[i] = detach
	return true
}

func name(i registry.Instance) string { return string(i.Role) + "/" + i.ID }
