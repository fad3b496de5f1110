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

	// Flushers is how many goroutines write; 0 means one for two processors.
	// One that is busy lets more gather for its next write: on two processors
	// two of them made 1.28 writes a message with one in flight, one makes 1.03.
	Flushers int
	Logger   *slog.Logger // nil discards
}

func (o Options) withDefaults() (Options, error) {
	if o.Flushers == 0 {
		o.Flushers = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Listener == nil || o.Key == nil || o.Flushers < 0 {
		return o, errors.New("relay: a listener, a key and a number of flushers are needed")
	}
	return o, nil
}
