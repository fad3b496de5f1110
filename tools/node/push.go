package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/msgdef/rpc/kitex"
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/push/provider"
	"github.com/sim-im/sim/push/provider/log"
	"github.com/sim-im/sim/push/provider/webhook"
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

	LogPushes     bool   // offers the provider that only writes a line to the log
	Webhook       string // URL of the provider of that name; "" for none
	WebhookSecret string // signs its calls, see webhook.Options

	Delay, Hold time.Duration // see push.Options; 0 means its own
}

// Validate lists everything that is wrong, in the names of flags.
func (o PushOptions) Validate() error {
	errs := []error{o.Common.validate(registry.Push)}
	if o.NSQD == "" {
		errs = append(errs, errors.New("--nsqd: is needed"))
	}
	_, err := o.providers(o.Common.withDefaults())
	return errors.Join(append(errs, err)...)
}

// providers are those that the options name.
func (o PushOptions) providers(c Common) (map[msgdef.PushProvider]provider.Provider, error) {
	all := map[msgdef.PushProvider]provider.Provider{}
	if o.LogPushes {
		all[msgdef.PushLog] = log.New(c.Logger)
	}
	if o.Webhook != "" || o.WebhookSecret != "" {
		hook, err := webhook.New(webhook.Options{URL: o.Webhook, Secret: o.WebhookSecret, Now: c.Now})
		if err != nil {
			return nil, fmt.Errorf("--webhook, --webhook-secret: %w", err)
		}
		all[msgdef.PushWebhook] = hook
	}
	return all, nil
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
	providers, err := s.options.providers(s.common)
	if err != nil {
		return err
	}
	s.onClose(func(context.Context) error {
		for _, p := range providers {
			if idle, ok := p.(interface{ Close() }); ok {
				idle.Close()
			}
		}
		return nil
	})
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
