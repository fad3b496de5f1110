package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// A call is tried tries times at most, after pauses of firstPause, twice as long,
// and so on, each by chance somewhere from half of it to the whole: those who were
// in each other's way are not again.
const (
	tries      = 8
	firstPause = 5 * time.Millisecond
	longest    = 500 * time.Millisecond
)

// repeat marks an error after which the same again may succeed.
type repeat struct{ error }

func (r repeat) Unwrap() error { return r.error }

// again runs a call until it succeeds, fails for good, or the store's patience is
// over. It keeps what it learns of whether the database can be reached.
func (s *Store) again(call func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	var err error
	for try := range tries {
		err = call(ctx)
		var more repeat
		if !errors.As(err, &more) {
			break
		}
		err = more.error
		if try == tries-1 || !pause(ctx, try) {
			break
		}
	}
	if err != nil && unreachable(err) {
		s.reach.lost(s.explain(err))
	}
	return s.explain(err)
}

// pause waits before the next try, and tells whether there is to be one.
func pause(ctx context.Context, try int) bool {
	length := min(firstPause<<try, longest)
	timer := time.NewTimer(length/2 + rand.N(length/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
