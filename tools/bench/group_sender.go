package bench

import (
	"slices"
	"sync"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/frame"
)

// sender writes to a group. In a closed loop every answer is followed by the next
// message; those that one read has answers for leave in one record.
type sender struct {
	group *group
	link  *lean
	acks  *shard

	mu       sync.Mutex
	until    time.Time // closed loop: no message is sent after it
	number   uint64    // of the newest message, which is its counter too
	waiting  []waiting // for an answer, in the order sent
	answered int       // in the read that is taken
	ending   bool      // its last message was sent
	seen     Integrity
	body     []byte
	message  msgdef.Send
	ack      msgdef.SendAck
}

// waiting is a message that was not answered yet.
type waiting struct {
	number uint64
	due    time.Time
}

// prime starts a closed loop.
func (s *sender) prime(inFlight int, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = until
	s.write(inFlight, time.Now())
}

// sendAt sends one message of an open loop.
func (s *sender) sendAt(due time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(1, due)
}

// write sends n messages in as few records as they fit. mu is held.
func (s *sender) write(n int, due time.Time) {
	if n == 0 || s.seen.Broken > 0 {
		return
	}
	l := s.link
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frames = l.frames[:0]
	for range n {
		s.number++
		s.body = appendBody(s.body[:0], s.number, due, s.group.plan.Size)
		s.message = msgdef.Send{Counter: s.number, Conv: s.group.plan.Conv, Kind: msgdef.ContentCustom, Body: s.body}
		if len(s.waiting) > 0 {
			s.message.After = s.number - 1
		}
		l.frames = frame.Append(l.frames, &s.message)
		s.waiting = append(s.waiting, waiting{s.number, due})
	}
	if err := l.flush(); err != nil {
		s.seen.Broken++
	}
}

// finish sends the last message once everything before it was answered. It tells
// whether that one was answered too.
func (s *sender) finish() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.Broken > 0 {
		return true
	}
	if len(s.waiting) > 0 {
		return false
	}
	if s.ending {
		return true
	}
	s.ending = true
	s.write(1, time.Unix(0, 0))
	return false
}

// took implements leanReader. Answers come in the order of what they answer.
func (s *sender) took(f frame.Frame) error {
	switch f.Type {
	case msgdef.TypeSendAck:
		if err := s.ack.DecodeAlias(f.Body); err != nil {
			return err
		}
		s.answer(s.ack.Counter, true)
	case msgdef.TypeError:
		var e msgdef.Error
		if err := e.Decode(f.Body); err != nil {
			return err
		}
		s.answer(e.Req, false)
	case msgdef.TypeKicked:
		return leanAnswer(f, msgdef.TypeSendAck, nil)
	}
	return nil
}

// answer takes the outcome of a message.
func (s *sender) answer(number uint64, taken bool) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.waiting, func(w waiting) bool { return w.number == number })
	switch {
	case i < 0:
		s.seen.Malformed++
		return
	case i > 0:
		s.seen.Disordered++
	}
	due := s.waiting[i].due
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.answered++
	switch {
	case !taken:
		s.seen.Refused++
	case !s.ending:
		s.acks.record(now, now.Sub(due))
	}
}

// over implements leanReader.
func (s *sender) over() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.answered
	s.answered = 0
	if now := time.Now(); now.Before(s.until) {
		s.write(n, now)
	}
	return nil
}

// broke hears that the connection has ended.
func (s *sender) broke(error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.Broken++
}

// integrity says what is missing when all is quiet.
func (s *sender) integrity() Integrity {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.seen
	sum.Refused += uint64(len(s.waiting))
	return sum
}
