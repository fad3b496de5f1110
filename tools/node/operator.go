package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/ops"
)

// OperatorOptions say where the message service is that an operator talks to:
// at Addr, or where the registry says.
type OperatorOptions struct {
	Addr  string // HOST:PORT of its RPC; "" means to look it up
	Redis Redis
	TLS   Credentials

	Logger *slog.Logger     // nil discards
	Now    func() time.Time // nil means time.Now
}

func (o OperatorOptions) withDefaults() OperatorOptions {
	c := Common{Logger: o.Logger, Now: o.Now}.withDefaults()
	o.Logger, o.Now = c.Logger, c.Now
	return o
}

// Validate lists everything that is wrong, in the names of flags.
func (o OperatorOptions) Validate() error {
	errs := []error{o.TLS.validate()}
	if o.Addr == "" {
		return errors.Join(append(errs, o.Redis.validate())...)
	}
	host, _, err := net.SplitHostPort(o.Addr)
	switch {
	case err != nil:
		errs = append(errs, fmt.Errorf("--imservice: %q is not HOST:PORT", o.Addr))
	case !o.TLS.given() && !ops.OnlyHere(host):
		errs = append(errs, fmt.Errorf("--imservice: %s is on another machine: give --rpc-cert, --rpc-key and --rpc-ca", o.Addr))
	}
	return errors.Join(errs...)
}

// Operator does to accounts what operators do.
type Operator struct {
	rpc.Moderation
	close []func()
}

// lookUp is how long the registry may take to name a message service, and
// lookUpPause between looks.
const (
	lookUp      = 5 * time.Second
	lookUpPause = 50 * time.Millisecond
)

// DialOperator finds the message service. The error is an *OptionsError, or has
// CodeUnavailable when none is listed.
func DialOperator(ctx context.Context, o OperatorOptions) (_ *Operator, err error) {
	o = o.withDefaults()
	if err := o.Validate(); err != nil {
		return nil, &OptionsError{err}
	}
	p, err := o.TLS.load()
	if err != nil {
		return nil, &OptionsError{err}
	}
	op := new(Operator)
	defer func() {
		if err != nil {
			op.Close()
		}
	}()
	at, err := op.find(ctx, o)
	if err != nil {
		return nil, err
	}
	service, err := kitex.DialModeration(kitex.ClientOptions{
		Self: "operator", Endpoints: at, TLS: p.client, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	op.Moderation = service
	op.close = append(op.close, service.Close)
	return op, nil
}

// find returns where message services are. A registry is followed until Close.
func (op *Operator) find(ctx context.Context, o OperatorOptions) (kitex.Endpoints, error) {
	if o.Addr != "" {
		return kitex.Static(o.Addr), nil
	}
	reg, err := o.Redis.open(o.Logger, o.Now)
	if err != nil {
		return nil, &OptionsError{err}
	}
	op.close = append(op.close, func() { _ = reg.Close() }) // nothing was written
	services := &endpoints{view: reg.View(registry.IMService)}
	ctx, cancel := context.WithTimeout(ctx, lookUp)
	defer cancel()
	for services.known() != nil {
		select {
		case <-ctx.Done():
			return nil, unlisted(reg)
		case <-time.After(lookUpPause):
		}
	}
	return services, nil
}

// unlisted says why the registry names no message service.
func unlisted(reg registry.Registry) error {
	if err := reg.Health(); err != nil {
		return rpc.Errorf(msgdef.CodeUnavailable, "the registry does not answer: %v", err)
	}
	return rpc.Errorf(msgdef.CodeUnavailable, "the registry lists no message service: is one running, and is this its Redis?")
}

// Close ends what DialOperator began.
func (op *Operator) Close() {
	for i := range op.close {
		op.close[len(op.close)-1-i]()
	}
}
