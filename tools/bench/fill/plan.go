package fill

import (
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Plan says what a filled store holds.
type Plan struct {
	Users    int   // accounts fill-1, fill-2, ..., whom nobody can log in as
	Messages int64 // spread evenly over the pairs
	Friends  int   // of each user, an even number: there are Users*Friends/2 conversations
	Size     int   // bytes of a body
}

// Validate lists everything that is wrong, in the names of flags.
func (p Plan) Validate() error {
	var errs []error
	if p.Friends < 2 || p.Friends%2 != 0 {
		errs = append(errs, fmt.Errorf("--friends: is %d; want an even number from 2", p.Friends))
	}
	if p.Users <= p.Friends {
		errs = append(errs, fmt.Errorf("--users: is %d; want more than --friends", p.Users))
	}
	if p.Messages < 0 {
		errs = append(errs, fmt.Errorf("--messages: is %d; want 0 or more", p.Messages))
	}
	if p.Size < 0 || p.Size > msgdef.MaxBody {
		errs = append(errs, fmt.Errorf("--size: is %d; want 0 to %d", p.Size, msgdef.MaxBody))
	}
	return errors.Join(errs...)
}

// span is how long the history lasts. It ends before this program was written,
// so that no message seems to come from the future.
const span = 200 * 24 * time.Hour

// start is when the history begins, Unix milliseconds.
const start = 1767225600_000 // 2026-01-01T00:00:00Z

// at returns when message n of the plan was sent, Unix milliseconds.
func (p Plan) at(n int64) int64 {
	return start + int64(float64(n)/float64(p.Messages)*float64(span.Milliseconds()))
}
