package imservice

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// guess is somebody who brings a password for an account, maybe the right one.
type guess struct {
	account string // its name
	uid     uint64 // 0 when there is none of this name
	device  uint64
	address string
}

// ofDevice is what attempts of a device that is known are counted under. No name
// has a space.
func (g guess) ofDevice() string { return fmt.Sprintf("%d %d", g.uid, g.device) }

// guarded has a password checked within the limits on wrong ones. wrong says
// which error of check is one.
//
// A device that has logged in to the account before is counted by itself: those
// who guess from elsewhere, or behind the same address, do not keep it out, and
// have to guess its number as well to guess more often.
func (l *logins) guarded(g guess, wrong error, check func(rank) error) error {
	known, err := l.knows(g)
	if err != nil {
		return err
	}
	by, from, now := g.account, source(g.address), l.now()
	r := rankKnown
	if known {
		by = g.ofDevice()
	}
	if wait, ok := l.accounts.charge(by, now); !ok {
		return l.throttled(wait)
	}
	if !known {
		if r = rankSuspect; l.addresses.clean(from, now) {
			r = rankClean
		}
		if wait, ok := l.addresses.charge(from, now); !ok {
			l.accounts.refund(by)
			return l.throttled(wait)
		}
	}
	err = check(r)
	if errors.Is(err, wrong) {
		l.counters.badLogins.Add(1)
		l.log.Info("wrong password", "account", g.account, "address", g.address)
		l.addresses.blame(from, now)
		return err
	}
	if errors.Is(err, errHashesBusy) {
		l.counters.throttled.Add(1)
	}
	l.accounts.refund(by)
	if !known {
		l.addresses.refund(from)
	}
	return err
}

// knows tells whether a device has logged in to the account before.
func (l *logins) knows(g guess) (bool, error) {
	if g.uid == 0 {
		return false, nil
	}
	_, err := l.store.Cursor(g.uid, g.device)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (l *logins) throttled(wait time.Duration) error {
	l.counters.throttled.Add(1)
	busy := rpc.Errorf(msgdef.CodeBusy, "too many wrong passwords: try again in %s", wait)
	busy.Retry = uint32(min(wait, time.Hour) / time.Millisecond)
	return busy
}
