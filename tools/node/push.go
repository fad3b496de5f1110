package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/push/queue/nsq"
	"github.com/sim-im/sim/route/registry"
	"github.com/sim-im/sim/tools/ops"
)

// PushOptions say how a push service runs. It answers no calls: Common.RPC is
// not used.
type PushOptions struct {
	Common
	NSQD     string // HOST:PORT of the nsqd that all push services share
	HideText bool   // leaves what was written out of notifications

	Providers push.Providers // that bring the notifications

	Delay, Hold time.Duration // see push.Options; 0 means its own
}

// Validate lists everything that is wrong, in the names of flags.
func (o PushOptions) Validate() error {
	errs := []error{o.Common.validate(registry.Push)}
	if o.NSQD == "" {
		errs = append(errs, errors.New("--nsqd: is needed"))
	}
	if o.Providers == (push.Providers{}) {
		errs = append(errs, errors.New("--log-pushes, --webhook: one is needed, or nobody would be notified"))
	}
	return errors.Join(append(errs, providersError(o.Providers.Validate()))...)
}

// providersError puts what is wrong with the providers in the names of flags.
func providersError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("--webhook, --webhook-secret: %w", err)
}

// Push is a push service that runs.
//
//	imservice ◀─Due, Resolve, Confirm─ push.Server ─▶ webhook, log
//	                                      │ ▲
//	                                      ▼ │
//	                                     nsqd
type Push struct {
	*Process
	options  PushOptions
	services *kitex.Service
	queue    *nsq.Queue
	push     *push.Server
}

// StartPush starts a push service. ctx bounds the start only.
func StartPush(ctx context.Context, options PushOptions) (*Push, error) {
	p, err := newProcess(registry.Push, options.Common, options.Validate())
	if err != nil {
		return nil, err
	}
	s := &Push{Process: p, options: options}
	if err := p.start(ctx, p.openListeners, p.openRegistry, s.openServices, s.openQueue, s.openPush); err != nil {
		return nil, err
	}
	return s, nil
}

// openServices finds whose outbox is served.
func (s *Push) openServices() (err error) {
	s.services, err = kitex.DialService(s.calls(&endpoints{view: s.registry.View(registry.IMService)}))
	if err != nil {
		return err
	}
	s.onClose(closed(s.services.Close))
	s.needs("imservice", s.services.Health)
	s.metrics = append(s.metrics, callMetrics("push", "imservice", s.services))
	return nil
}

func (s *Push) openQueue() (err error) {
	if s.queue, err = nsq.Dial(s.options.NSQD, nsq.Options{Logger: s.logger}); err != nil {
		return &OptionsError{fmt.Errorf("--nsqd: %w", err)}
	}
	s.onClose(func(context.Context) error { return s.queue.Close() })
	s.needs("nsqd", s.queue.Health)
	return nil
}

// openPush begins to push.
func (s *Push) openPush() error {
	providers, shut, err := s.options.Providers.Open(s.logger, s.common.Now)
	if err != nil {
		return err
	}
	s.onClose(func(context.Context) error { shut(); return nil })
	s.push, err = push.New(push.Options{
		Outbox: s.services, Queue: s.queue, Providers: providers, HideText: s.options.HideText,
		Delay: s.options.Delay, Hold: s.options.Hold, Logger: s.logger, Now: s.common.Now,
	})
	if err != nil {
		return err
	}
	s.metrics = append(s.metrics, ops.PushMetrics(s.push))
	s.onClose(s.push.Close)
	s.loop("push", func() error { return s.push.Run(context.Background()) })
	s.announce(0)
	return nil
}

// Stats returns the service's counters.
func (s *Push) Stats() push.Stats { return s.push.Stats() }
