package contracttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
)

// patience ends a check that would hang; none that passes comes near it.
const patience = 30 * time.Second

// Limits of the schema in items.
const (
	maxSends      = 4096
	maxPulls      = 256
	maxUsers      = 4096
	maxReads      = 4096
	maxCursors    = 4096
	maxNames      = 100
	maxSessions   = 10000
	maxPresence   = 500
	maxMessages   = 4096
	maxRecipients = 65536
	maxFrames     = 4096
	maxKicks      = 4096
	maxPushes     = 1000
	maxPushToken  = 1024 // bytes
	maxTickets    = 1024
	maxBox        = 256 // bytes
)

// within returns a context for calls that succeed.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// cancelled returns a context that has ended.
func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// refused checks that err crossed a contract with one of the codes.
func refused(t testing.TB, what string, err error, codes ...msgdef.ErrorCode) {
	t.Helper()
	e, ok := err.(*rpc.Error) //nolint:errorlint // nothing that wraps it crosses a contract
	if !ok {
		t.Errorf("%s: %T %v, want an *rpc.Error with %v", what, err, err, codes)
		return
	}
	for _, code := range codes {
		if e.Code == code {
			return
		}
	}
	t.Errorf("%s: %v, want %v", what, err, codes)
}

// must returns a result, or ends the test when the call failed or gave none.
func must[R any](t testing.TB) func(*R, error) *R {
	return func(result *R, err error) *R {
		t.Helper()
		if err != nil {
			t.Fatalf("%T: %v", result, err)
		}
		if result == nil {
			t.Fatalf("%T: neither a result nor an error", result)
		}
		return result
	}
}

// repeat returns n items made by item.
func repeat[T any](n int, item func(i int) T) []T {
	items := make([]T, n)
	for i := range items {
		items[i] = item(i)
	}
	return items
}

// batchCall is a call whose argument has n items.
type batchCall struct {
	name string
	max  int
	call func(ctx context.Context, n int) (results int, err error)
}

// sizes makes a call with nothing, one item, as many as there may be, and one
// more than that.
func (c batchCall) sizes(t *testing.T) {
	for _, n := range []int{0, 1, c.max} {
		results, err := c.call(within(t), n)
		if err != nil {
			t.Errorf("%s with %d items: %v", c.name, n, err)
		} else if results != n {
			t.Errorf("%s with %d items: %d results", c.name, n, results)
		}
	}
	_, err := c.call(within(t), c.max+1)
	refused(t, fmt.Sprintf("%s with %d items", c.name, c.max+1), err, msgdef.CodeBadArgument)
}

// ended makes a call whose context has ended already.
func (c batchCall) ended(t *testing.T) {
	_, err := c.call(cancelled(), 1)
	refused(t, c.name+" with a context that has ended", err, msgdef.CodeTimeout)
}
