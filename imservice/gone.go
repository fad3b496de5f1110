package imservice

import (
	"errors"

	"github.com/sim-im/sim/imservice/store"
	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// Who was removed has no inbox any more, and this is where everybody learns of it: a
// head that is asked for fails, and the ground of a shared store does not have it. What
// the service itself does for them (an item without a device, see placeOwn) goes on
// without one: they leave groups and friends like anybody, and hear nothing of it.

// errUserDeleted says that somebody whom a call is about has no account any more.
var errUserDeleted = &rpc.Error{Code: msgdef.CodeUserDeleted, Detail: "the account was deleted"}

// isNobody tells whether a user has no inbox, and perhaps never had one.
func isNobody(err error) bool {
	return errors.Is(err, errUnknownUser) || errors.Is(err, errUserDeleted)
}

// nobody returns why a user who is not known has no inbox.
func nobody(s store.Store, uid uint64) error {
	d, err := s.Standing(uid)
	switch {
	case err != nil:
		return err
	case d.Removed:
		return errUserDeleted
	}
	return errUnknownUser
}

// gone tells whether a user was removed.
func (s *Server) gone(uid uint64) (bool, error) {
	_, err := s.heads.users.durable(uid)
	if errors.Is(err, errUserDeleted) {
		return true, nil
	}
	if errors.Is(err, errUnknownUser) {
		err = nil
	}
	return false, err
}

// present returns nil when a user, whom a ground was asked about, has an inbox.
func (q *sequencer) present(uid uint64) error {
	if q.ground == nil {
		_, err := q.heads.users.durable(uid)
		return err
	}
	if q.ground.knows(uid) || q.ground.Here[uid] {
		return nil
	}
	return nobody(q.store, uid)
}

// reaches returns nil when an item has somebody to come from, and to go to.
func (q *sequencer) reaches(it *rpc.Send, peer uint64) error {
	if err := q.present(peer); err != nil && (peer != it.UID || it.Device != 0) {
		return err
	}
	if it.Device == 0 {
		return nil
	}
	return q.present(it.UID)
}

// claimOwn is claimInbox for who sends an item; 0 for one who has no inbox, and for
// whom the service sends.
func (q *sequencer) claimOwn(b *batch, it *rpc.Send) (uint64, error) {
	useq, err := q.claimInbox(b, it.UID)
	if it.Device == 0 && errors.Is(err, errUserDeleted) {
		return 0, nil
	}
	return useq, err
}

// end has a user's head fail from now on, which the store says of them already.
func (c *headCache[K]) end(key K) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.heads.get(key); h != nil {
		h.gone = true
	}
}
