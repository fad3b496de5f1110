package node

import (
	"context"
	"maps"
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
	attached := map[registry.Instance]func(){}
	var detaching sync.WaitGroup
	defer detaching.Wait()
	defer func() {
		for _, detach := range attached {
			detaching.Go(detach)
		}
	}()
	for {
		changed := f.view.Changed()
		again := p.reconcile(f, attached, &detaching)
		select {
		case <-changed:
		case <-again:
		case <-stop:
			return
		}
	}
}

// reconcile attaches who came and detaches who left. again is not nil when
// something is to be tried once more.
func (p *Process) reconcile(f follower, attached map[registry.Instance]func(), detaching *sync.WaitGroup) (again <-chan time.Time) {
	var there []registry.Instance
	for _, i := range f.view.Instances() {
		if i.Region == f.region {
			there = append(there, i)
		}
	}
	if f.listed != nil && f.listed(there) {
		again = time.After(attachRetry)
	}
	left := maps.Clone(attached)
	for _, i := range there {
		delete(left, i)
		if attached[i] != nil {
			continue
		}
		detach, err := f.attach(i)
		if err != nil {
			p.logger.Warn("cannot be attached", "role", i.Role, "id", i.ID, "addr", i.Addr, "err", err)
			again = time.After(attachRetry)
			continue
		}
		p.logger.Info("found", "role", i.Role, "id", i.ID, "addr", i.Addr, "epoch", i.Epoch)
		attached[i] = detach
	}
	for i, detach := range left {
		p.logger.Info("gone", "role", i.Role, "id", i.ID, "addr", i.Addr, "epoch", i.Epoch)
		delete(attached, i)
		detaching.Go(detach) // one that hangs does not delay the others
	}
	return again
}
