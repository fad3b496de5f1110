package relay

import (
	"errors"
	"log/slog"
	"runtime"

	"github.com/sim-im/sim/gate/transport"
	"github.com/sim-im/sim/msgdef/secure"
)

// Options say what a relay serves and with what.
type Options struct {
	Listener transport.Listener // the relay closes it
	Key      *secure.GateKey

	// Dir is the folder for commits, made when missing and empty before; without
	// it the relay is a bare one.
	Dir string

	Flushers int          // 0 means one a processor
	Logger   *slog.Logger // nil discards
}

func (o Options) withDefaults() (Options, error) {
	if o.Flushers == 0 {
		o.Flushers = runtime.GOMAXPROCS(0)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Listener == nil || o.Key == nil || o.Flushers < 0 {
		return o, errors.New("relay: a listener, a key and a number of flushers are needed")
	}
	return o, nil
}
