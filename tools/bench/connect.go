package bench

import (
	"context"
	"errors"
	"time"

	"github.com/sim-im/sim/gate/client"
	"github.com/sim-im/sim/msgdef"
)

// connectTries and connectPause bound the patience with a gate that takes no
// more logins at the moment, which a load of thousands asks for.
const (
	connectTries = 50
	connectPause = 100 * time.Millisecond // when the gate does not say
)

// connect logs c in, and comes back as the gate asks when it is busy.
func connect(ctx context.Context, c *client.Client) error { return persist(ctx, c.Connect) }

// persist repeats a login as a gate asks that is busy.
func persist(ctx context.Context, login func(context.Context) error) error {
	for try := 1; ; try++ {
		err := login(ctx)
		var refused *client.Error
		if err == nil || try == connectTries || !errors.As(err, &refused) || refused.Code != msgdef.CodeBusy {
			return err
		}
		wait := max(refused.Retry, connectPause)
		if err := sleepUntil(ctx, time.Now().Add(wait)); err != nil {
			return err
		}
	}
}
