package main

import (
	"github.com/sim-im/sim/push"
	"github.com/sim-im/sim/tools/ops"
)

// webhookFlags say which endpoint brings notifications.
type webhookFlags struct {
	Webhook           string     `env:"SIM_WEBHOOK" placeholder:"URL" help:"Where notifications for devices that are not connected go; https, or http on this machine."`
	WebhookSecret     ops.Secret `env:"SIM_WEBHOOK_SECRET" placeholder:"TEXT" help:"Signs its calls: base64 of 24 to 64 bytes; better than here it is given in a file."`
	WebhookSecretFile string     `env:"SIM_WEBHOOK_SECRET_FILE" placeholder:"FILE" help:"File with this secret on its first line."`
}

// providers are those of a push service; log adds the one for development.
func (f *webhookFlags) providers(log bool) (push.Providers, error) {
	secret, err := ops.FromFile("webhook-secret", f.WebhookSecret, f.WebhookSecretFile)
	return push.Providers{Log: log, Webhook: f.Webhook, WebhookSecret: secret.Reveal()}, err
}
