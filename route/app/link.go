package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
)

// Times of claims.
const (
	claimTimeout = 2 * time.Second
	claimRetry   = 500 * time.Millisecond // after one that did not arrive
	claimRefused = 2 * time.Second        // after one that was refused
	claimShort   = 100 * time.Millisecond // the least time between two
)

// link is a route and the claim there.
type link struct {
	service *Service
	addr    string
	api     *kitex.Applications

	claiming sync.Mutex // one claim at a time, so that none follows the release

	mu       sync.Mutex
	held     bool // by the last answer
	region   string
	err      error // why not
	released bool
}

// errNotYet is the state before the first answer.
var errNotYet = errors.New("has not answered yet")

// newLink returns a link without a claim.
func newLink(s *Service, addr string) (*link, error) {
	self := s.options.Service + "/" + s.options.Instance
	api, err := kitex.DialApplications(kitex.ClientOptions{
		Self: self[:min(len(self), 64)], TLS: s.options.ClientTLS, Logger: s.options.Logger,
	}, kitex.Endpoint{Addr: addr})
	if err != nil {
		return nil, err
	}
	return &link{service: s, addr: addr, api: api, err: errNotYet}, nil
}

// keep claims and renews until ctx ends.
func (l *link) keep(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		timer.Reset(l.renew(ctx))
	}
}

// renew claims once and returns when to do so again. The call is not cut short
// by the end of ctx: who releases must know that no claim is on its way.
func (l *link) renew(ctx context.Context) time.Duration {
	l.claiming.Lock()
	defer l.claiming.Unlock()
	if ctx.Err() != nil || l.isReleased() {
		return claimRetry
	}
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimTimeout)
	defer cancel()
	reply, err := l.api.Claim(call, &l.service.claim)
	l.note(reply, err)
	switch {
	case refusal(err):
		return claimRefused
	case err != nil:
		return claimRetry
	case l.service.options.Renew > 0:
		return l.service.options.Renew
	}
	return max(time.Duration(reply.TTL)*time.Millisecond/3, claimShort)
}

// note remembers an answer, and says what changed.
func (l *link) note(reply *rpc.ClaimReply, err error) {
	l.mu.Lock()
	before, why := l.held, l.err
	if l.held, l.err = err == nil, err; reply != nil {
		l.region = reply.Region
	}
	l.mu.Unlock()
	log := l.service.options.Logger
	switch {
	case err == nil && !before:
		log.Info("claimed", "route", l.addr, "region", reply.Region)
	case refusal(err) && !refusal(why):
		log.Error("a route refuses the claim", "route", l.addr, "error", err)
	case err != nil && (before || why == errNotYet): //nolint:errorlint // itself
		log.Warn("a route does not take the claim", "route", l.addr, "error", err)
	}
	select {
	case l.service.changed <- struct{}{}:
	default:
	}
}

// refusal tells errors that claiming again will not mend by itself.
func refusal(err error) bool {
	switch rpc.CodeOf(err) {
	case msgdef.CodeForbidden, msgdef.CodeBadArgument, msgdef.CodeVersion:
		return true
	}
	return false
}

// state returns whether the claim is held, or else whether that is final, and
// why.
func (l *link) state() (held, final bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held, refusal(l.err), l.err
}

// where returns the region of a route that took the claim; ok is false for one
// that never did.
func (l *link) where() (region string, held, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.region, l.held, l.err != errNotYet && (l.held || l.region != "") //nolint:errorlint // itself
}

// isReleased tells whether there is to be no claim any more.
func (l *link) isReleased() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.released
}

// release ends the claim, as far as the route hears of it.
func (l *link) release(ctx context.Context) {
	l.claiming.Lock()
	defer l.claiming.Unlock()
	l.mu.Lock()
	held := l.held
	l.held, l.released = false, true
	l.mu.Unlock()
	if !held {
		return
	}
	claim := l.service.claim
	claim.Release = true
	call, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	if _, err := l.api.Claim(call, &claim); err != nil {
		l.service.options.Logger.Debug("a claim ends by itself", "route", l.addr, "error", err)
	}
}
