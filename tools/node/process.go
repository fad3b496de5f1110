package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sim-im/sim/msgdef/rpc"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/ops"
)

// Process is a role that runs. Roles embed it.
type Process struct {
	common Common
	role   registry.Role
	epoch  uint64 // start time in nanoseconds, so that it grows from one process to the next
	logger *slog.Logger

	registry registry.Registry
	peers    peers
	rpc      net.Listener // nil for push
	http     net.Listener // nil without Common.HTTP
	admin    *ops.Admin   // nil before openAdmin, and without http

	parts   []ops.Part   // what it needs to serve
	metrics []ops.Source // what it counts

	state   atomic.Pointer[string] // what is missing as a whole; nil when nothing is
	started bool                   // all steps of the start were taken
	quit    chan struct{}          // closed when Close begins
	ready   chan struct{}          // closed when nothing was missing for the first time
	loops   sync.WaitGroup

	failing sync.Once
	failed  chan struct{} // closed when a loop has ended by itself
	err     error         // why; set before failed is closed

	undo     []func(context.Context) error // of the start's steps, in their order
	closing  sync.Once
	closeErr error
}

// newProcess returns a process that has taken nothing yet; wrong is what its
// options' Validate says.
func newProcess(role registry.Role, c Common, wrong error) (*Process, error) {
	if wrong != nil {
		return nil, &OptionsError{wrong}
	}
	c = c.withDefaults()
	p := &Process{
		common: c, role: role, epoch: uint64(max(c.Now().UnixNano(), 1)),
		logger: c.Logger.With("role", string(role), "id", c.ID),
		quit:   make(chan struct{}), ready: make(chan struct{}), failed: make(chan struct{}),
	}
	p.metrics = append(p.metrics, c.Metrics...)
	p.announceState("starting")
	p.parts = []ops.Part{{Name: string(role), Ready: p.whole}}
	return p, nil
}

// OptionsError says that a role cannot be started with the options given.
type OptionsError struct{ error }

// Unwrap returns the causes.
func (e *OptionsError) Unwrap() error { return e.error }

// start runs the steps of a start in their order. After an error, or the end
// of ctx, what was done is undone.
func (p *Process) start(ctx context.Context, steps ...func() error) error {
	for _, step := range append(steps, p.openAdmin) {
		err := ctx.Err()
		if err == nil {
			err = step()
		}
		if err != nil {
			return errors.Join(err, p.Close(ctx))
		}
	}
	p.state.Store(nil)
	p.started = true
	p.logger.Info("started", "epoch", p.epoch, "region", p.common.Region, "rpc", p.RPCAddr(), "operators", p.HTTPAddr(), "version", rpc.Version)
	p.loop("watch", p.watch)
	return nil
}

// onClose remembers what Close has to do. It runs before what was remembered
// earlier.
func (p *Process) onClose(step func(context.Context) error) { p.undo = append(p.undo, step) }

// closed makes a step of what cannot fail.
func closed(end func()) func(context.Context) error {
	return func(context.Context) error {
		end()
		return nil
	}
}

// Close stops in order, backwards through the start: the role leaves the
// registry, takes nothing new, finishes what it has, and closes what it used.
// When ctx ends first the rest is cut short. Closing again waits and returns
// the same.
func (p *Process) Close(ctx context.Context) error {
	p.closing.Do(func() {
		p.announceState("stopping")
		close(p.quit)
		var errs []error
		for _, step := range slices.Backward(p.undo) {
			errs = append(errs, step(ctx))
		}
		p.loops.Wait()
		p.closeErr = errors.Join(errs...)
		if p.started {
			p.logger.Info("stopped")
		}
	})
	return p.closeErr
}

// loop runs what lasts as long as the process; ending before Close is a
// failure of the role.
func (p *Process) loop(name string, run func() error) {
	p.loops.Go(func() {
		err := run()
		select {
		case <-p.quit:
		default:
			p.fail(fmt.Errorf("%s ended: %w", name, err))
		}
	})
}

func (p *Process) fail(err error) {
	p.failing.Do(func() {
		p.announceState(err.Error())
		p.err = err
		close(p.failed)
	})
}

// Failed is closed when a part has ended by itself; Err says why. The process
// is then to be closed.
func (p *Process) Failed() <-chan struct{} { return p.failed }

// Err returns why the role failed, after Failed is closed.
func (p *Process) Err() error { return p.err }

// announceState says what is missing as a whole.
func (p *Process) announceState(state string) { p.state.Store(&state) }

// whole returns what announceState said.
func (p *Process) whole() error {
	if state := p.state.Load(); state != nil {
		return errors.New(*state)
	}
	return nil
}

// HTTPAddr returns the address for operators, "" when there is none.
func (p *Process) HTTPAddr() string { return addr(p.http) }

// RPCAddr returns the address for other processes, "" when there is none.
func (p *Process) RPCAddr() string { return addr(p.rpc) }

func addr(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// instance is how the registry lists this process.
func (p *Process) instance() registry.Instance {
	at := p.common.Advertise
	if at == "" {
		at = p.RPCAddr()
	}
	return registry.Instance{
		Role: p.role, Region: p.common.Region, ID: p.common.ID,
		Epoch: p.epoch, Addr: at, RPC: rpc.Version,
	}
}
