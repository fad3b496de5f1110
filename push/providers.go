package push

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/msgdef"
	"github.com/sim-im/sim/push/provider"
	"github.com/sim-im/sim/push/provider/log"
	"github.com/sim-im/sim/push/provider/webhook"
)

// Providers says which providers a push service has. The zero value has none.
type Providers struct {
	Log           bool   // only writes a line to the log
	Webhook       string // URL; "" for none
	WebhookSecret string // signs its calls, see webhook.Options
}

// Validate returns what is wrong, which Open would find too.
func (p Providers) Validate() error {
	_, shut, err := p.Open(nil, nil)
	if err == nil {
		shut()
	}
	return err
}

// Open returns them by the number that devices register with, and what closes
// them. logger may be nil for silence and now for time.Now.
func (p Providers) Open(logger *slog.Logger, now func() time.Time) (all map[msgdef.PushProvider]provider.Provider, shut func(), err error) {
	all = make(map[msgdef.PushProvider]provider.Provider)
	shut = func() {}
	if p.Log {
		if logger == nil {
			logger = slog.New(slog.DiscardHandler)
		}
		all[msgdef.PushLog] = log.New(logger)
	}
	if p.Webhook == "" && p.WebhookSecret != "" {
		return nil, nil, errors.New("a webhook's secret without its URL")
	}
	if p.Webhook != "" {
		hook, err := webhook.New(webhook.Options{URL: p.Webhook, Secret: p.WebhookSecret, Now: now})
		if err != nil {
			return nil, nil, fmt.Errorf("webhook: %w", err)
		}
		all[msgdef.PushWebhook] = hook
		shut = hook.Close
	}
	return all, shut, nil
}
