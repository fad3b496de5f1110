package imservice

import (
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/imservice/store"
)

// pushDevices knows which devices of a user have a push token, so that the
// sequencer need not ask the store for every message. A server without tokens
// pays one load of an atomic.
type pushDevices struct {
	store store.PushTokens
	count atomic.Int64 // of tokens in the store

	mu      sync.Mutex // guards what follows, not the store
	changes uint64     // grows when tokens of anybody change
	users   *clockCache[uint64, pushUser]
}

// pushUser is a user's devices with a token.
type pushUser struct {
	devices []uint64 // shared, never changed
	stale   bool     // the store has others by now
}

func newPushDevices(s store.PushTokens, limit int) (*pushDevices, error) {
	n, err := s.PushTokenCount()
	p := &pushDevices{store: s, users: newClockCache[uint64, pushUser](limit, nil)}
	p.count.Store(int64(n))
	return p, err
}

// of returns the devices of a user that have a token. The caller does not
// change them.
func (p *pushDevices) of(uid uint64) ([]uint64, error) {
	if p.count.Load() == 0 {
		return nil, nil
	}
	p.mu.Lock()
	if u := p.users.get(uid); u != nil && !u.stale {
		devices := u.devices
		p.mu.Unlock()
		return devices, nil
	}
	before := p.changes
	p.mu.Unlock()
	return p.load(uid, before)
}

// load reads the devices of a user, and keeps them unless tokens have changed
// since before.
func (p *pushDevices) load(uid, before uint64) ([]uint64, error) {
	tokens, err := p.store.PushTokensOf(uid)
	if err != nil {
		return nil, err
	}
	var devices []uint64
	for _, t := range tokens {
		devices = append(devices, t.Device)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changes != before {
		return devices, nil
	}
	if u := p.users.get(uid); u != nil {
		*u = pushUser{devices: devices}
	} else {
		p.users.add(uid, pushUser{devices: devices})
	}
	return devices, nil
}

// changed forgets what it knows of users whose tokens have changed in the store.
func (p *pushDevices) changed(uids ...uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changes++
	for _, uid := range uids {
		if u := p.users.get(uid); u != nil {
			*u = pushUser{stale: true}
		}
	}
}
