package gate

import (
	"sync"
	"sync/atomic"
	"time"
)

// senders keeps one send bucket per user, shared by the user's connections to
// this gate, so that more devices do not mean more messages.
type senders struct {
	mu    sync.Mutex
	users map[uint64]*sender
}

// sender is the send rate of a user. It lives as long as a connection of the
// user does, or a frame on its way to a service: who reconnects to get a new
// bucket pays with a handshake, and finds what is on its way counted.
type sender struct {
	refs     int          // connections, guarded by senders.mu
	underway atomic.Int64 // what the user's frames of applications count, see lanes

	mu     sync.Mutex
	bucket bucket
	typing bucket // of msgdef.Typing
}

// acquire returns the sender of uid, shared with the user's other connections.
// It must be released. nil means that the user has most of these already.
func (s *senders) acquire(uid uint64, most int) *sender {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.users[uid]
	if user == nil {
		user = new(sender)
		s.users[uid] = user
	}
	if user.refs >= most {
		return nil
	}
	user.refs++
	return user
}

// release gives back what acquire returned.
func (s *senders) release(uid uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[uid].refs--
	s.forget(uid)
}

// landed is called when nothing of a user is on its way any more and the
// connection it came from has ended, maybe after release.
func (s *senders) landed(uid uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(uid)
}

// forget drops a sender that nobody needs. s.mu is held.
func (s *senders) forget(uid uint64) {
	if user := s.users[uid]; user != nil && user.refs == 0 && user.underway.Load() == 0 {
		delete(s.users, uid)
	}
}

// take takes the token of one message.
func (u *sender) take(r rate, now time.Duration) (wait time.Duration, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.bucket.take(r, now)
}
