package redis

import (
	"context"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sim-im/sim/route/registry"
)

// announcement is a call of Announce: a lease that is taken and renewed.
type announcement struct {
	registry *Registry
	instance registry.Instance
	value    string // instance, encoded
	nonce    string // tells it from another one of the same name and epoch
	end      context.CancelFunc
	ended    chan struct{}
}

// Outcomes of scriptLease.
const (
	leaseOthers  = 0
	leaseRenewed = 1
	leaseTaken   = 2
)

// Announce implements registry.Registry.
func (r *Registry) Announce(i registry.Instance) (withdraw func()) {
	value, err := encodeInstance(i)
	if err == nil {
		err = i.Validate()
	}
	if err != nil {
		r.options.Logger.Error("an instance cannot be listed", "error", err)
		return func() {}
	}
	life, end := context.WithCancel(r.life)
	a := &announcement{
		registry: r, instance: i, value: value, nonce: draw().text(),
		end: end, ended: make(chan struct{}),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		end()
		return func() {}
	}
	r.own = append(r.own, a)
	r.running.Go(func() { a.run(life) })
	return sync.OnceFunc(a.withdraw)
}

// run keeps the lease until life ends.
func (a *announcement) run(life context.Context) {
	defer close(a.ended)
	lost := false // to another process
	for {
		outcome, err := a.renew(life)
		if life.Err() != nil {
			return
		}
		a.registry.health.note(a.name(), err)
		wait := a.registry.options.Renew
		if err != nil {
			wait /= 4 // the lease runs out
		} else if others := outcome == leaseOthers; others != lost {
			lost = others
			a.tell(lost)
		}
		select {
		case <-life.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (a *announcement) name() string { return string(a.instance.Role) + " " + a.instance.ID }

// tell logs that somebody else has the name, or has it no more.
func (a *announcement) tell(lost bool) {
	logger := a.registry.options.Logger.With("role", a.instance.Role, "id", a.instance.ID, "epoch", a.instance.Epoch)
	if lost {
		logger.Warn("another process has this name: not listed until its lease ends")
	} else {
		logger.Info("listed, the other process of this name is gone")
	}
}

// renew takes the lease or renews it, whatever is there, and returns one of the
// outcomes of scriptLease. It may be called from several goroutines.
func (a *announcement) renew(ctx context.Context) (outcome int, err error) {
	r, i := a.registry, a.instance
	var script *goredis.Cmd
	err = r.pipe(ctx, func(p goredis.Pipeliner) {
		p.SAdd(ctx, r.keys.members(i.Role), i.ID)
		script = p.Eval(ctx, scriptLease, []string{r.keys.lease(i.Role, i.ID)},
			a.nonce, digits(i.Epoch), a.value, r.options.TTL.Milliseconds())
	})
	if err != nil {
		return leaseOthers, err
	}
	return script.Int()
}

// withdraw ends the lease. When Redis does not answer, the lease ends by itself.
func (a *announcement) withdraw() {
	a.end()
	<-a.ended
	r, i := a.registry, a.instance
	r.mu.Lock()
	r.own = slices.DeleteFunc(r.own, func(other *announcement) bool { return other == a })
	closed := r.closed
	r.mu.Unlock()
	r.health.note(a.name(), nil)
	if closed {
		return
	}
	mine, err := r.number(r.life, scriptWithdraw, []string{r.keys.lease(i.Role, i.ID)},
		a.nonce, r.options.TTL.Milliseconds())
	if err != nil || mine == 0 {
		return
	}
	_ = r.pipe(r.life, func(p goredis.Pipeliner) { // a member without a lease is forgotten by views
		p.SRem(r.life, r.keys.members(i.Role), i.ID)
	})
}
