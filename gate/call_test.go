package gate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestCall holds the context of calls against the one of package context, asked
// for Done before, after or not at all.
func TestCall(t *testing.T) {
	ends := map[string]struct {
		end  func(stop, cancel context.CancelFunc)
		want error
	}{
		"cancelled": {func(_, cancel context.CancelFunc) { cancel() }, context.Canceled},
		"late":      {func(_, cancel context.CancelFunc) { time.Sleep(time.Second) }, context.DeadlineExceeded},
		"stopped":   {func(stop, _ context.CancelFunc) { stop() }, context.Canceled},
	}
	for name, c := range ends {
		for _, early := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				calls, stop := context.WithCancel(context.Background())
				defer stop()
				s := &Server{calls: calls}
				ctx, cancel := s.call(time.Second)
				var child context.Context
				if early {
					var end context.CancelFunc
					child, end = context.WithCancel(ctx)
					defer end()
				}
				if at, ok := ctx.Deadline(); ctx.Err() != nil || !ok || time.Until(at) != time.Second {
					t.Errorf("%s: at first %v, deadline %v %t", name, ctx.Err(), at, ok)
				}
				c.end(stop, cancel)
				if early {
					<-child.Done()
				} else if err := ctx.Err(); !errors.Is(err, c.want) {
					t.Errorf("%s: %v", name, err)
				}
				<-ctx.Done()
				cancel() // changes nothing any more
				if err := ctx.Err(); !errors.Is(err, c.want) {
					t.Errorf("%s, asked early %t: %v", name, early, err)
				}
			})
		}
	}
}
