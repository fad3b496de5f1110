package route

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/msgdef/rpc"
)

// Options is what a Server is made of. Only Service is needed.
type Options struct {
	// Service is where gates' calls go.
	Service rpc.Service

	// Logger gets what operators should know; nil is silence.
	Logger *slog.Logger

	// Now is the clock that spaces log lines; nil is time.Now.
	Now func() time.Time

	// Devices is how many sessions a user may have; the oldest gives way to the
	// next. 0 means 64, and more than 65535 is refused.
	Devices int

	// KickTimeout bounds a call that tells a gate to kick; 0 means 5 s.
	KickTimeout time.Duration
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Devices == 0 {
		o.Devices = 64
	}
	if o.KickTimeout == 0 {
		o.KickTimeout = 5 * time.Second
	}
	return o
}

// validate returns why a Server cannot be made of o.
func (o Options) validate() error {
	switch {
	case o.Service == nil:
		return errors.New("route: no service")
	case o.Devices < 1 || o.Devices > 65535: // msgdef.Online counts them in 16 bits
		return fmt.Errorf("route: %d devices per user, want 1 to 65535", o.Devices)
	case o.KickTimeout < 0:
		return fmt.Errorf("route: kick timeout of %v", o.KickTimeout)
	}
	return nil
}
